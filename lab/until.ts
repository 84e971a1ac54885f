import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition; a throw counts as not yet. */
export async function until(condition: () => Promise<boolean> | boolean, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown = 'it stayed false';
  while (Date.now() < deadline) {
    try {
      if (await condition()) return;
      last = 'it stayed false';
    } catch (error) {
      last = error;
    }
    await sleep(30);
  }
  throw new Error(`waited ${timeoutMs} ms in vain`, { cause: last });
}
