/** One target, in a thread of its own, so that whoever waits can end it when it hangs. */
import { setImmediate as afterEvents } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import fc from 'fast-check';
import { judge } from './judge.js';
import { BEGUN, TAKEN, type Assignment, type Verdict } from './assignment.js';
import type { Target } from './target.js';

const { module, name, inputs, seed, path, counters } = workerData as Assignment;
const { targets } = (await import(module)) as { targets: readonly Target[] };
const counts = new Int32Array(counters);
const prepared = await targets.find((target) => target.name === name)!.prepare();

/** Some libraries warn with a piece of what they read, and Node writes that to the log. */
let warning: string | null = null;
process.on('warning', ({ message }) => (warning ??= message));

const property = fc.asyncProperty(prepared.inputs, async (input) => {
  Atomics.add(counts, BEGUN, 1);
  if ((await judge(prepared, input)) === 'taken') Atomics.add(counts, TAKEN, 1);
});
const { failed, counterexample, counterexamplePath, errorInstance } = await fc.check(property, {
  seed,
  numRuns: inputs,
  ...(path !== undefined && { path }),
});
await afterEvents(); // Node tells of a warning a little later
await prepared.close?.();
const verdict: Verdict = failed
  ? {
      message: errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
      path: counterexamplePath!,
      input: fc.stringify(counterexample![0]),
    }
  : warning === null
    ? null
    : { message: `a warning was written to the log: ${String(warning)}`, path: '', input: 'not known' };
parentPort!.postMessage(verdict);
