/** Activities of an operation that are at work or wait for their next attempt, as Temporal describes them. */
import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { BatchProgress } from '../core/rotation.js';
import { messageOf, valuesIn, type PayloadReader } from './payloads.js';

type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

export interface PendingWork {
  /** The activity's type and ID: unlike any other's of its run. */
  readonly activity: string;
  readonly id: string;
  /** From 1 up. */
  readonly attempt: number;
  /** What the attempt before this one failed with; null for the first. */
  readonly lastError: string | null;
  /** How far it is with its nodes, where it has said so. */
  readonly batch: BatchProgress | null;
}

export function pendingWorkOf(
  client: PayloadReader,
  description: WorkflowExecutionDescription | null,
): Promise<PendingWork[]> {
  const pending = description?.raw.pendingActivities ?? [];
  return Promise.all(pending.map((each) => workOf(client, each)));
}

async function workOf(client: PayloadReader, pending: PendingActivity): Promise<PendingWork> {
  const { activityType, activityId, attempt, lastFailure, heartbeatDetails } = pending;
  const [batch = null] = await valuesIn<BatchProgress>(client, heartbeatDetails);
  return {
    activity: activityType?.name ?? '',
    id: activityId ?? '',
    attempt: attempt ?? 1,
    lastError: lastFailure ? await messageOf(client, lastFailure) : null,
    batch,
  };
}
