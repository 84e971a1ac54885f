import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 25;

/** Waits for a condition. */
export async function until(
  isTrue: () => Promise<boolean> | boolean,
  patienceMs: number,
  otherwise: string | Error,
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw otherwise instanceof Error ? otherwise : new Error(otherwise);
    await sleep(LOOK_EVERY_MS);
  }
}
