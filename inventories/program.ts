/** Runs the program of a source: no shell, few variables, bounded in time and output. */
import { spawn } from 'node:child_process';
import { formatDuration } from '../core/duration.js';
import { InventoryError } from './source.js';

/** An Ansible inventory of thousands of hosts takes half a minute. */
const TIMEOUT_MS = 90_000;
/** That inventory, with every variable of every host, is some ten MiB. */
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;
/** The last words of a program are enough to see what was wrong. */
const MOST_ERROR_BYTES = 16 * 1024;

/** The worker's environment holds passwords, so a program sees no more of it than it was given. */
const COMMON_VARIABLES = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'TZ'];

export interface ProgramRun {
  readonly label: string;
  readonly argv: readonly string[];
  /** Names of variables that it may see beside the common ones. */
  readonly environment: readonly string[];
  /** Variables with values of ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where it runs. */
  readonly folder: string;
  readonly timeoutMs?: number;
  readonly mostOutputBytes?: number;
}

/**
 * What a program prints on standard output, as JSON. What it says on standard error may hold secrets of its own: it goes to
 * our standard error, which is the worker's log, and into no message.
 *
 * @throws InventoryError
 */
export async function runForJson(run: ProgramRun): Promise<unknown> {
  return jsonIn(run, await outputOf(run));
}

/** @throws InventoryError when what was printed is no JSON */
export function jsonIn(run: Pick<ProgramRun, 'label' | 'argv'>, output: string): unknown {
  try {
    return JSON.parse(output) as unknown;
  } catch {
    throw new InventoryError(`${run.label}: ${commandLine(run)} printed no JSON; ${byHand(run)}`);
  }
}

function outputOf(run: ProgramRun): Promise<string> {
  const { argv, folder, timeoutMs = TIMEOUT_MS, mostOutputBytes = MOST_OUTPUT_BYTES } = run;
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0]!, argv.slice(1), {
      cwd: folder,
      env: environmentOf(run),
      stdio: ['ignore', 'pipe', 'pipe'],
      // In a process group of its own, so that what it started ends with it.
      detached: true,
    });
    let size = 0;
    let said = '';
    let isOver = false;
    const output: Buffer[] = [];
    const fail = (what: string) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      endGroup(child.pid);
      if (said !== '') process.stderr.write(`${run.label}: ${said.trimEnd()}\n`);
      reject(new InventoryError(`${run.label}: ${commandLine(run)} ${what}; ${byHand(run)}`));
    };
    const timer = setTimeout(() => fail(`did not end within ${formatDuration(timeoutMs)}`), timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > mostOutputBytes) fail(`printed more than ${mostOutputBytes} bytes`);
      else output.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-MOST_ERROR_BYTES)));
    child.once('error', (error: NodeJS.ErrnoException) => fail(`can't be run (${error.code})`));
    child.once('close', (code, signal) => {
      if (code !== 0) return fail(signal === null ? `ended with ${code}` : `was ended by ${signal}`);
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      resolve(Buffer.concat(output).toString('utf8'));
    });
  });
}

function environmentOf({ environment, settings }: ProgramRun): Record<string, string> {
  const inherited = [...COMMON_VARIABLES, ...environment].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(inherited), ...settings };
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** An argument may be a secret; the program's name is not. */
function commandLine({ argv }: Pick<ProgramRun, 'argv'>): string {
  return `\`${argv[0]}\``;
}

function byHand({ argv }: Pick<ProgramRun, 'argv'>): string {
  return `the worker's log has what it said; run \`${argv[0]}\` by hand on the worker, as its account, with the arguments of the configuration`;
}
