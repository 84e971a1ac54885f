/** The looks that a Schedule makes between rotations, and what the last one found. */
import type { Client, ScheduleDescription } from '@temporalio/client';
import type { ScheduledLook } from '../core/scheduled-look.js';
import type { Timer } from '../core/timer.js';
import { lookScheduleId } from '../workflows/messages.js';
import { timerOf, unlessNotFound } from './schedules.js';

export interface Looks {
  /** Null where nobody has set it. */
  readonly timer: Timer | null;
  /** The last one that counts, with what it found; null before the first. */
  readonly last: ScheduledLook | null;
}

/** @throws ServiceError when Temporal does not answer */
export async function readLooks(client: Client, fleet: string): Promise<Looks> {
  const description = await client.schedule.getHandle(lookScheduleId(fleet)).describe().catch(unlessNotFound);
  if (!description) return { timer: null, last: null };
  return { timer: timerOf(description), last: await lastLook(client, description) };
}

/** Each look hands on what counts, so that of those that ended only the last one is asked. */
async function lastLook(client: Client, { info }: ScheduleDescription): Promise<ScheduledLook | null> {
  for (const { action } of info.recentActions.toReversed()) {
    const { workflowId, firstExecutionRunId } = action.workflow;
    const handle = client.workflow.getHandle(workflowId, firstExecutionRunId);
    const description = await handle.describe().catch(unlessNotFound);
    if (description?.status.name === 'COMPLETED') return (await handle.result()) as ScheduledLook | null;
  }
  return null;
}
