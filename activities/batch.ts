import { Context } from '@temporalio/activity';
import type { BatchProgress } from '../core/rotation.js';

/** Well below the heartbeat timeout, so that a pause or a slow node never looks like a dead worker. */
const HEARTBEAT_EVERY_MS = 2_000;

/** Nodes that a heartbeat names: enough to see whom a batch waits for. */
const MOST_NAMED = 10;

/**
 * Does the same to every item, all at the same time: how many connections and handshakes that may be, the way to the nodes
 * decides, and a node that hangs holds up nobody. Answers in the order of the items, and heartbeats who is not done yet. The
 * work catches its own failures: one node's trouble is its own result, never the batch's.
 *
 * @throws CancelledFailure when the activity was cancelled; work that had begun is awaited first
 */
export async function forEachNode<Item, Result>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const { cancellationSignal, cancelled } = Context.current();
  const since = new Date().toISOString();
  const running = new Set(items.map(nameOf));
  const progress = (): BatchProgress => ({
    done: items.length - running.size,
    total: items.length,
    running: [...running].slice(0, MOST_NAMED).map((node) => ({ node, since })),
  });
  const visit = async (item: Item): Promise<Result> => {
    const result = await work(item);
    running.delete(nameOf(item));
    return result;
  };
  const results = await whileHeartbeating(progress, () => Promise.all(items.map(visit)));
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
