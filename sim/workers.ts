/** Workers as Temporal runs them: an attempt may die or be given up at any moment, and another one takes over. */
import type { Faults } from './faults.js';
import type { Runner } from './network.js';
import type { Random } from './random.js';
import type { Time } from './time.js';

/** Heartbeat time-out and first backoff, as in `workflows/activity-proxies.ts`. */
const TAKEN_OVER_AFTER_MS = 11_000;

/** Within about the time of a visit, so that faults strike in its middle. */
const LONGEST_LIFE_MS = 12_000;

export class Workers {
  /** Attempts that run now, also those that nobody waits for any more. */
  private readonly attempts = new Set<Runner>();

  constructor(
    private readonly time: Time,
    private readonly random: Random,
    private readonly faults: Faults,
  ) {}

  /** Runs until one attempt's result arrives; an attempt is tried again only while somebody wants it. */
  run<T>(what: string, isWanted: () => boolean, work: (runner: Runner) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const start = () => {
        if (isWanted()) this.attempt(what, work, resolve, reject, start);
      };
      start();
    });
  }

  private attempt<T>(
    what: string,
    work: (runner: Runner) => Promise<T>,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
    again: () => void,
  ): void {
    const { time, random, attempts } = this;
    const runner: Runner = { isStopped: false };
    const fate = this.faults.fateOfAttempt();
    let isOver = false;
    const takeOver = () => {
      isOver = true;
      time.after(TAKEN_OVER_AFTER_MS, 'retried', what, () => time.settle(again));
    };
    attempts.add(runner);
    const end = (finish: () => void) => {
      attempts.delete(runner);
      if (isOver) return;
      if (fate === 'result lost') return takeOver();
      isOver = true;
      finish();
    };
    work(runner).then(
      (value) => end(() => resolve(value)),
      (error: unknown) => end(() => reject(error)),
    );
    if (fate === 'done' || fate === 'result lost') return;
    time.after(random.fraction() * LONGEST_LIFE_MS, `worker ${fate}`, what, () => {
      if (isOver) return;
      if (fate === 'dies') this.stop(runner);
      takeOver();
    });
  }

  stop(runner: Runner): void {
    runner.isStopped = true;
    this.attempts.delete(runner);
  }
}
