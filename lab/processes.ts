/** Long-running children: started with a log, awaited until they serve, stopped with all that they started. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { descendantsOf, signal } from './process-tree.js';
import { keystonePython, reaperScript } from './tools.js';

/** How long a child may take over SIGTERM before SIGKILL. */
const STOP_PATIENCE_MS = 5_000;
const READY_TIMEOUT_MS = 60_000;
const READY_POLL_MS = 50;
const LOG_TAIL_CHARACTERS = 2_000;

export interface ProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** Takes both outputs; appended to when it exists. */
  readonly log: string;
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Asked again and again until it answers true; a throw counts as not yet. */
  readonly isReady: () => Promise<boolean>;
}

export interface RunningProcess {
  readonly pid: number;
  /** Resolves when the process has ended, with its exit code; null when a signal or no start at all was the reason. */
  readonly ended: Promise<number | null>;
  /** SIGTERM, then SIGKILL for what remains. */
  stop(): Promise<void>;
  /** SIGKILL at once, as a power cut would. */
  kill(): Promise<void>;
}

/** Starts a program and waits until it is ready. Throws with the end of its log when it never is. */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const running = spawnWatched(options);
  try {
    await waitUntilReady(options, running.ended);
  } catch (error) {
    await running.kill();
    throw error;
  }
  return running;
}

function spawnWatched(options: ProcessOptions): RunningProcess {
  const log = openSync(options.log, 'a');
  // In a process group of its own: a Ctrl-C at our terminal is ours to handle, in the right order.
  const child = spawn(options.program, options.args, {
    env: { ...process.env, ...options.env },
    // The open input tells a child that looks at it when we are gone.
    stdio: ['pipe', log, log],
    detached: true,
  });
  closeSync(log);
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
    child.once('error', () => resolve(null));
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${options.program} could not be started`);
  watch(pid);
  void ended.then(() => unwatch(pid));
  return { pid, ended, stop: () => end(child, ended, 'SIGTERM'), kill: () => end(child, ended, 'SIGKILL') };
}

async function end(child: ChildProcess, ended: Promise<unknown>, how: NodeJS.Signals): Promise<void> {
  const pid = child.pid as number;
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  if (hasEnded()) return;
  const descendants = descendantsOf(pid);
  child.kill(how);
  await Promise.race([ended, sleep(STOP_PATIENCE_MS, undefined, { ref: false })]);
  for (const left of descendants) signal(left, 'SIGKILL');
  if (!hasEnded()) child.kill('SIGKILL');
  await ended;
}

async function waitUntilReady(options: ProcessOptions, ended: Promise<unknown>): Promise<void> {
  let hasEnded = false;
  void ended.then(() => (hasEnded = true));
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await options.isReady().catch(() => false))) {
    if (hasEnded) throw new Error(`${options.program} ended before it was ready\n${logTail(options.log)}`);
    if (Date.now() > deadline) throw new Error(`${options.program} is not ready\n${logTail(options.log)}`);
    await sleep(READY_POLL_MS);
  }
}

function logTail(log: string): string {
  return readFileSync(log, 'utf8').slice(-LOG_TAIL_CHARACTERS);
}

const watched = new Set<number>();
let reaper: Writable | null = null;

/**
 * Nothing that we start survives us. On an ordinary exit we kill it ourselves; after a signal or a crash, where no code
 * of ours runs any more, the reaper does.
 */
function watch(pid: number): void {
  if (reaper === null) {
    reaper = startReaper();
    process.once('exit', killWatched);
  }
  watched.add(pid);
  reaper.write(`+${pid}\n`);
}

function unwatch(pid: number): void {
  watched.delete(pid);
  reaper?.write(`-${pid}\n`);
}

function killWatched(): void {
  for (const pid of [...watched].flatMap((root) => [root, ...descendantsOf(root)])) signal(pid, 'SIGKILL');
}

function startReaper(): Writable {
  const child = spawn(keystonePython, [reaperScript], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.unref();
  const input = child.stdin;
  // It must not keep us from ending, and its own end is nothing to fail over.
  (input as Writable & { unref?: () => void }).unref?.();
  input.on('error', () => {});
  child.on('error', () => {});
  return input;
}
