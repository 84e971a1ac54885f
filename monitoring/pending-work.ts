/** Activities of an operation that are at work or wait for their next attempt, as Temporal describes them. */
import { defaultPayloadConverter, type WorkflowExecutionDescription } from '@temporalio/client';
import type { BatchProgress } from '../core/rotation.js';

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

export function pendingWorkOf(description: WorkflowExecutionDescription | null): PendingWork[] {
  return (description?.raw.pendingActivities ?? []).map((pending) => {
    const { activityType, activityId, attempt, lastFailure, heartbeatDetails } = pending;
    const [payload] = heartbeatDetails?.payloads ?? [];
    return {
      activity: activityType?.name ?? '',
      id: activityId ?? '',
      attempt: attempt ?? 1,
      lastError: lastFailure?.message ?? null,
      batch: payload ? defaultPayloadConverter.fromPayload<BatchProgress>(payload) : null,
    };
  });
}
