/** Runs targets, and watches that none stands still. */
import { Worker } from 'node:worker_threads';
import { BEGUN, TAKEN, type Assignment, type Verdict } from './assignment.js';

/** No parser takes a tenth of it, Keystone's time-out included, on a machine that does other things as well. */
const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 250;

export interface Run extends Omit<Assignment, 'counters'> {
  /** How long one input may take; default {@link PATIENCE_MS}. */
  readonly patienceMs?: number;
}

export interface Outcome {
  readonly begun: number;
  readonly taken: number;
  readonly failure: Verdict;
}

/** Runs one target to its end, or to its first failure, which a hang and an exhausted memory are as well. */
export async function runTarget({ patienceMs = PATIENCE_MS, ...assignment }: Run): Promise<Outcome> {
  const counters = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
  const counts = new Int32Array(counters);
  const workerData: Assignment = { ...assignment, counters };
  const thread = new Worker(new URL('./thread.js', import.meta.url), { workerData, execArgv: [] });
  let watch: NodeJS.Timeout | undefined;
  try {
    const failure = await new Promise<Verdict>((resolve) => {
      thread.once('message', resolve);
      thread.once('error', ({ message }: Error) => resolve(endedAt(counts, `its thread ended: ${message}`)));
      let [last, since] = [0, Date.now()];
      watch = setInterval(() => {
        const begun = Atomics.load(counts, BEGUN);
        if (begun !== last) [last, since] = [begun, Date.now()];
        else if (begun > 0 && Date.now() - since > patienceMs)
          resolve(endedAt(counts, `no answer within ${patienceMs / 1000} s`));
      }, LOOK_EVERY_MS);
    });
    return { begun: Atomics.load(counts, BEGUN), taken: Atomics.load(counts, TAKEN), failure };
  } finally {
    clearInterval(watch);
    await thread.terminate();
  }
}

/** The thread can't tell any more which input it was, but fast-check makes the same one again from its number. */
function endedAt(counts: Int32Array, message: string): Verdict {
  return { message, path: `${Atomics.load(counts, BEGUN) - 1}`, input: 'not known' };
}
