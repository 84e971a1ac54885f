import { Context } from '@temporalio/activity';
import type { BatchProgress } from '../core/rotation.js';

/**
 * Nodes that one activity works on at the same time. Handshakes are what costs, and on two cores a concurrency from 16 to
 * 128 made no difference; 16 keeps a single slow site from holding many connections.
 */
const CONCURRENCY = 16;

/** Well below the heartbeat timeout, so that a pause or a slow node never looks like a dead worker. */
const HEARTBEAT_EVERY_MS = 2_000;

/**
 * Does the same to every item, a bounded number at a time, in the order of the items. Heartbeats who is being worked on.
 * The work catches its own failures: one node's trouble is its own result, never the batch's.
 *
 * @throws CancelledFailure when the activity was cancelled; work that had begun is awaited first
 */
export async function forEachNode<Item, Result>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const { cancellationSignal, cancelled } = Context.current();
  const results: Result[] = [];
  const running = new Map<string, string>();
  let next = 0;
  let done = 0;

  const progress = (): BatchProgress => ({
    done,
    total: items.length,
    running: [...running].map(([node, since]) => ({ node, since })),
  });
  const lane = async () => {
    while (next < items.length && !cancellationSignal.aborted) {
      const position = next++;
      const item = items[position]!;
      running.set(nameOf(item), new Date().toISOString());
      results[position] = await work(item);
      running.delete(nameOf(item));
      done++;
    }
  };

  await whileHeartbeating(progress, () => Promise.all(Array.from({ length: CONCURRENCY }, lane)));
  if (cancellationSignal.aborted) await cancelled;
  return results;
}

/** Tells Temporal that the work goes on, and how far it is; without it whoever waits long would count as dead. */
export async function whileHeartbeating<T>(
  progress: () => BatchProgress,
  work: () => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const heartbeat = () => context.heartbeat(progress());
  heartbeat();
  const timer = setInterval(heartbeat, HEARTBEAT_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
