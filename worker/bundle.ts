import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkerOptions } from '@temporalio/worker';
import { FAILURE_CONVERTER } from '../payloads/data-converter.js';

/** What a bundle is for: workflows whose failures are readable in Temporal, or encrypted there with everything else. */
export const BUNDLE_KINDS = ['plain', 'encrypting'] as const;
export type BundleKind = (typeof BUNDLE_KINDS)[number];

const TRACE_CONTEXT = fileURLToPath(new URL('../workflows/trace-context.js', import.meta.url));
const WORKFLOWS_PATH = fileURLToPath(new URL('../workflows/index.js', import.meta.url));

/** Where the build puts the workflow code, ready for Temporal's sandbox; part of the package. */
export function bundleFile(kind: BundleKind): string {
  const name = { plain: 'workflow-bundle.js', encrypting: 'workflow-bundle-encrypting.js' }[kind];
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}

/** The bundle of the build; without one the worker bundles by itself, which takes some seconds. */
export function workflowSource(kind: BundleKind): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const codePath = bundleFile(kind);
  return existsSync(codePath) ? { workflowBundle: { codePath } } : { workflowsPath: WORKFLOWS_PATH };
}

export async function bundleWorkflows(kind: BundleKind): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: WORKFLOWS_PATH,
    workflowInterceptorModules: [TRACE_CONTEXT],
    // Every worker keeps the bundle in memory: lines of the sources are enough for its stack traces, their text is not needed.
    webpackConfigHook: (config) => ({ ...config, devtool: 'inline-nosources-cheap-source-map' }),
    ...(kind === 'encrypting' && { failureConverterPath: FAILURE_CONVERTER }),
  });
  return inAscii(code);
}

/** V8 keeps a text at twice the memory as soon as one of its characters is none of Latin-1. */
function inAscii(code: string): string {
  return code.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
