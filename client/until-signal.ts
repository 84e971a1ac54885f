import { once } from 'node:events';

/** Until this program is told to end: by SIGINT or SIGTERM. */
export async function untilSignal(): Promise<void> {
  const stopping = new AbortController();
  const signals = ['SIGINT', 'SIGTERM'].map((signal) => once(process, signal, { signal: stopping.signal }));
  await Promise.race(signals);
  stopping.abort();
  await Promise.allSettled(signals);
}
