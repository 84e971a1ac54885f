/** The program under test, as users run it: the compiled CLI in a process of its own. */
import { readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { startProcess, type RunningProcess } from './processes.js';
import { projectRoot } from './tools.js';

export const rotorProgram = join(projectRoot, 'dist/client/main.js');

export interface WorkerProcess extends RunningProcess {
  readonly log: string;
}

export interface WorkerOptions {
  /** Of `rotor worker`. */
  readonly options?: readonly string[];
  /** Of Node itself. */
  readonly nodeOptions?: readonly string[];
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: this checkout's. */
  readonly program?: string;
}

/** Starts `rotor worker` and waits until it polls. */
export async function startWorker(
  config: string,
  log: string,
  { options = [], nodeOptions = [], env = {}, program = rotorProgram }: WorkerOptions = {},
): Promise<WorkerProcess> {
  const before = sizeOf(log);
  const running = await startProcess({
    program: process.execPath,
    args: [...nodeOptions, program, 'worker', '--config', config, ...options],
    env,
    log,
    isReady: () => Promise.resolve(readFileSync(log, 'utf8').slice(before).includes('polling')),
  });
  return { ...running, log };
}

export interface RotorResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the CLI to its end, without a terminal. What it says goes to `echo` as well, as it comes. */
export function runRotor(args: readonly string[], echo?: (text: string) => void): Promise<RotorResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [rotorProgram, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      echo?.(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      echo?.(text);
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

function sizeOf(log: string): number {
  try {
    return readFileSync(log, 'utf8').length;
  } catch {
    return 0;
  }
}
