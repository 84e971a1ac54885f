import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rotorProgram } from '../../lab/worker.js';
import { until } from '../../lab/until.js';

/** A `rotor` that runs beside the test. */
export interface StartedRotor {
  readonly out: () => string;
  readonly err: () => string;
  readonly send: (text: string) => void;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Nobody reads its standard output any more. */
  readonly closeOut: () => void;
  /** Waits until one of its outputs has this. */
  readonly said: (text: string) => Promise<void>;
  readonly ended: Promise<number | null>;
}

export function startRotor(...args: string[]): StartedRotor {
  return start(process.execPath, [rotorProgram, ...args]);
}

/** At a terminal of its own, by `script` of util-linux. */
export function startAtTerminal(environment: Record<string, string>, ...args: string[]): StartedRotor {
  const command = [process.execPath, rotorProgram, ...args].map((word) => `'${word}'`).join(' ');
  return start('script', ['-qec', command, '/dev/null'], environment);
}

function start(program: string, args: string[], environment: Record<string, string> = {}): StartedRotor {
  const child = spawn(program, args, { env: { ...process.env, TERM: 'xterm', ...environment } });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  return {
    out: () => out,
    err: () => err,
    send: (text) => void child.stdin.write(text),
    signal: (signal) => void child.kill(signal),
    closeOut: () => void child.stdout.destroy(),
    said: (text) => until(() => `${out}${err}`.includes(text)),
    ended: once(child, 'close').then(([code]) => code as number | null),
  };
}
