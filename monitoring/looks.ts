/** The looks that a Schedule makes between rotations, and what the last one found. */
import type { Client, ScheduleDescription } from '@temporalio/client';
import type { FleetView } from '../core/fleet-view.js';
import type { ScheduledLook } from '../core/scheduled-look.js';
import type { Timer } from '../core/timer.js';
import { lookScheduleId, viewQuery } from '../workflows/messages.js';
import { timerOf, unlessNotFound } from './schedules.js';

export interface Looks {
  /** Null where nobody has set it. */
  readonly timer: Timer | null;
  /** The last one that counts, with what it found; null before the first. */
  readonly last: ScheduledLook | null;
  /** The run that ended last; null before the first. */
  readonly run: LookRun | null;
}

export interface LookRun {
  readonly workflowId: string;
  readonly runId: string;
}

/** @throws ServiceError when Temporal does not answer */
export async function readLooks(client: Client, fleet: string): Promise<Looks> {
  const description = await client.schedule.getHandle(lookScheduleId(fleet)).describe().catch(unlessNotFound);
  if (!description) return { timer: null, last: null, run: null };
  return { timer: timerOf(description), ...(await lastLook(client, description)) };
}

/** Each look hands on what counts, so that of those that ended only the last one is asked. */
async function lastLook(client: Client, { info }: ScheduleDescription): Promise<Pick<Looks, 'last' | 'run'>> {
  for (const { action } of info.recentActions.toReversed()) {
    const { workflowId, firstExecutionRunId: runId } = action.workflow;
    const handle = client.workflow.getHandle(workflowId, runId);
    const description = await handle.describe().catch(unlessNotFound);
    if (description?.status.name === 'COMPLETED')
      return { last: (await handle.result()) as ScheduledLook | null, run: { workflowId, runId } };
  }
  return { last: null, run: null };
}

/**
 * What a look saw of each node.
 *
 * @returns null of a look that counts for nothing
 * @throws ServiceError when Temporal does not answer, or no worker does
 */
export function viewSeenBy(client: Client, { workflowId, runId }: LookRun): Promise<FleetView | null> {
  return client.workflow.getHandle(workflowId, runId).query(viewQuery);
}
