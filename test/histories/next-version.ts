/** Workflow code as a next release may have it: one activity more before each look at the nodes. */
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export async function nextVersion({ isPatched }: { readonly isPatched: boolean }): Promise<string> {
  const world = here(isPatched ? './next-world-patched.ts' : './next-world.ts');
  const { code } = await bundleWorkflowCode({
    workflowsPath: here('../../workflows/index.ts'),
    webpackConfigHook: (config) => ({
      ...config,
      resolve: {
        ...config.resolve,
        // The workflows' own; the code that takes its place asks for it by its TypeScript name.
        alias: { ...config.resolve?.alias, './world.js$': world },
      },
    }),
    logger: { ...console, log: () => {}, trace: () => {}, debug: () => {}, info: () => {} },
  });
  return code;
}
