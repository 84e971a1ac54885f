/** What a process opens and writes, as the kernel sees it. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import { until } from '../../lab/until.js';

/** Whether a process may be traced here, which containers and hardened kernels forbid. */
export function canTrace(): boolean {
  try {
    execFileSync('strace', ['-f', '-o', '/dev/null', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const OPENING = ['open', 'openat', 'openat2', 'creat'];
const WRITING = ['write', 'writev', 'pwrite64', 'pwritev', 'pwritev2', 'sendto', 'sendmsg', 'sendmmsg'];
/** Ways past the ones above, by which nothing here goes. */
const UNSEEN = ['copy_file_range', 'sendfile', 'splice', 'process_vm_writev'];
/** Whoever is refused a ring makes the same calls one by one, as libuv does in Node 24. */
const RING = 'io_uring_setup';
/** More than any single write has. */
const LONGEST_STRING = 16 * 1024 * 1024;

export interface Written {
  /** A path, or what else the descriptor stands for: `TCP:[…]`. */
  readonly to: string;
  readonly content: Buffer;
}

export interface Trace {
  /** Absolute paths that were opened, or were tried. */
  readonly opened: readonly string[];
  readonly written: readonly Written[];
}

export interface Tracing {
  stop(): Promise<Trace>;
}

/** Traces a process with all its threads and children from now on. */
export async function trace(pid: number, log: string): Promise<Tracing> {
  const options = ['-f', '-yy', '-xx', '-s', `${LONGEST_STRING}`, '-o', log];
  const calls = [...OPENING, ...WRITING, ...UNSEEN].map((call) => `?${call}`).join(',');
  const what = ['-e', `trace=${calls},?${RING}`, '-e', `inject=?${RING}:error=ENOSYS`];
  const strace = spawn('strace', [...options, ...what, '-p', `${pid}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  strace.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  await until(() => said.includes('attached'));
  return {
    stop: async () => {
      const ended = once(strace, 'close');
      strace.kill('SIGINT');
      await ended;
      const lines = readFileSync(log, 'latin1');
      rmSync(log); // it has what was written, also where a key may be
      return read(lines);
    },
  };
}

function read(log: string): Trace {
  const opened: string[] = [];
  const written: Written[] = [];
  for (const line of log.split('\n')) {
    const [, call, rest] = /^\d+ +(\w+)\((.*)$/.exec(line) ?? [];
    if (call === undefined || rest === undefined) continue; // the end of a call, or of a process
    if (UNSEEN.includes(call)) throw new Error(`${call} goes past what is looked at: ${line.slice(0, 200)}`);
    if (OPENING.includes(call)) opened.push(pathIn(rest));
    else if (WRITING.includes(call))
      written.push({
        to: unescaped(/^\d+<((?:[^<>]|->|<[^>]*>)*)>/.exec(rest)?.[1] ?? rest.slice(0, 40)),
        content: stringsIn(rest),
      });
  }
  return { opened, written };
}

/** Of `AT_FDCWD</cwd>, "path"`, `20</directory>, "path"` or `"path"`. */
function pathIn(args: string): string {
  const path = stringsIn(args).toString('utf8');
  const base = unescaped(/^(?:AT_FDCWD|\d+)<([^>]*)>/.exec(args)?.[1] ?? '/');
  return isAbsolute(path) ? normalize(path) : join(base, path);
}

/** Every byte that stands in quotes, one string after the other. */
function stringsIn(args: string): Buffer {
  const strings = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?/g)].map(([, text, cut]) => {
    if (cut !== undefined) throw new Error('a string is longer than strace was told to print');
    return Buffer.from(text!.replaceAll('\\x', ''), 'hex');
  });
  return Buffer.concat(strings);
}

function unescaped(text: string): string {
  return text.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
