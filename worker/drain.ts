/** How a worker ends when it is told to. */
import { GracefulShutdownPeriodExpiredError, type Worker } from '@temporalio/worker';
import { formatDuration } from '../core/duration.js';

/** Requests of the file operation that a visit is at when it is told to stop, should nobody answer them. */
const LAST_REQUESTS_MS = 30_000;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

const EXIT_CUT_OFF = 1;

/** As a shell says of a program that was ended by a signal. */
const ENDED_AT_ONCE = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * After the grace period work that goes on is told to stop between two file operations, which takes a pause and some requests.
 * Who takes longer is cut off, and the next worker takes it up.
 */
export function drainTimes(graceMs: number, pauseMs: number) {
  return { shutdownGraceTime: graceMs, shutdownForceTime: graceMs + pauseMs + LAST_REQUESTS_MS };
}

/**
 * Runs workers until a signal: they take no new work, and what has begun has the grace period to come to its end. A second
 * signal ends the process at once, which loses nothing either, because another worker goes on from what is there.
 */
export async function runUntilSignal(
  workers: readonly Worker[],
  graceMs: number,
  say: (line: string) => void,
): Promise<void> {
  const onSignal = (signal: (typeof SIGNALS)[number]) => {
    if (workers.some((worker) => worker.getState() !== 'RUNNING')) {
      say(`${signal} again: ended at once; another worker takes up what was begun`);
      process.exit(ENDED_AT_ONCE[signal]);
    }
    say(`${signal}: takes no new work; what has begun may take ${formatDuration(graceMs)}`);
    shutDown(workers);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    await runAll(workers);
    say('drained');
  } catch (error) {
    if (!(error instanceof GracefulShutdownPeriodExpiredError)) throw error;
    say('not drained in time: what still runs is cut off, and another worker takes it up');
    process.exit(EXIT_CUT_OFF);
  }
}

/** When one ends, all end. */
async function runAll(workers: readonly Worker[]): Promise<void> {
  const runs = workers.map((worker) => worker.run().finally(() => shutDown(workers)));
  await Promise.allSettled(runs);
  await Promise.all(runs);
}

function shutDown(workers: readonly Worker[]): void {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
}
