/** The rules with one thing changed: the core's sources, patched and compiled for the occasion, and loaded beside the real ones. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { RULE_FILES, type Rules } from './rules.js';

export interface Patch {
  /** Below `core/`. */
  readonly file: string;
  /** Occurs once. */
  readonly search: string;
  readonly replace: string;
}

const CORE = fileURLToPath(new URL('../../core', import.meta.url));

export async function withMutatedRules<Result>(
  patches: readonly Patch[],
  use: (rules: Rules) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), 'rotor-mutant-'));
  try {
    compile(patches, directory);
    return await use(await load(directory));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function compile(patches: readonly Patch[], directory: string): void {
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  const unknown = patches.find(({ file }) => !sources().has(file));
  if (unknown) throw new Error(`there is no core/${unknown.file} to be patched`);
  for (const [file, source] of sources()) {
    const patched = patches.filter((patch) => patch.file === file).reduce(apply, source);
    const target = join(directory, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, compiled(patched));
  }
}

function apply(source: string, { file, search, replace }: Patch): string {
  const times = source.split(search).length - 1;
  if (times !== 1) throw new Error(`core/${file} has ${times} times, not once: ${search}`);
  return source.replace(search, () => replace);
}

let core: ReadonlyMap<string, string> | null = null;

function sources(): ReadonlyMap<string, string> {
  core ??= new Map(
    readdirSync(CORE, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => [file, readFileSync(join(CORE, file), 'utf8')]),
  );
  return core;
}

/** Most files are the same in every mutant. */
const outputs = new Map<string, string>();

function compiled(source: string): string {
  let output = outputs.get(source);
  if (output === undefined) {
    const options = {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ES2022,
      verbatimModuleSyntax: true,
    };
    output = ts.transpileModule(source, { compilerOptions: options }).outputText;
    outputs.set(source, output);
  }
  return output;
}

async function load(directory: string): Promise<Rules> {
  const modules = await Promise.all(
    RULE_FILES.map((file): Promise<object> => import(pathToFileURL(join(directory, `${file}.js`)).href)),
  );
  return Object.assign({}, ...modules) as Rules;
}
