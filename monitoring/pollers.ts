/** Workers that poll a task queue, as Temporal knows them. */
import type { Client } from '@temporalio/client';

/** Kinds of work that a queue has, in Temporal's numbers (`TaskQueueType`). */
const WORK = { workflows: 1, activities: 2 } as const;

export interface Poller {
  /** `PID@HOST` */
  readonly identity: string;
  /** Milliseconds since the epoch. Temporal forgets a worker that has not polled for some minutes. */
  readonly polledAt: number;
}

export async function pollersOf(
  { workflowService, options }: Client,
  taskQueue: string,
  work: keyof typeof WORK,
): Promise<Poller[]> {
  const { pollers } = await workflowService.describeTaskQueue({
    namespace: options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: WORK[work],
  });
  return (pollers ?? []).map(({ identity, lastAccessTime }) => ({
    identity: identity ?? '',
    polledAt: Number(lastAccessTime?.seconds ?? 0) * 1000,
  }));
}
