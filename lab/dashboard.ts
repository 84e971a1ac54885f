/** `rotor dashboard` as users run it, in a process of its own. */
import { readFileSync } from 'node:fs';
import { freePort } from './ports.js';
import { startProcess, type RunningProcess } from './processes.js';
import { rotorProgram } from './worker.js';

export interface DashboardProcess extends RunningProcess {
  /** Of the page, with a slash at its end. */
  readonly url: string;
}

/** @param options of `rotor dashboard` */
export async function startDashboardProcess(
  config: string,
  log: string,
  options: readonly string[] = [],
): Promise<DashboardProcess> {
  const port = await freePort();
  const running = await startProcess({
    program: process.execPath,
    args: [rotorProgram, 'dashboard', '--config', config, '--listen', `${port}`, ...options],
    log,
    isReady: () => Promise.resolve(readFileSync(log, 'utf8').includes(`:${port}`)),
  });
  const [url] = /http:\S+/.exec(
    readFileSync(log, 'utf8').slice(readFileSync(log, 'utf8').lastIndexOf('http:')),
  )!;
  return { ...running, url };
}
