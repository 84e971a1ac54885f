import {
  ApplicationFailure,
  ChildWorkflowFailure,
  ParentClosePolicy,
  startChild,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { labelsOf, rotationId, type TriggerResult } from './messages.js';
import { rotation } from './operation.js';

/**
 * What the Schedule starts. A Schedule appends a time to the workflow IDs that it starts, so it can't start
 * `rotation/<fleet>` itself; this does, waits, and mirrors the outcome. It fails only when the rotation failed, which
 * pauses the Schedule.
 */
export async function trigger({ fleet }: { fleet: string }): Promise<TriggerResult> {
  const why = { reason: 'scheduled', startedBy: 'schedule' };
  try {
    const child = await startChild(rotation, {
      workflowId: rotationId(fleet),
      args: [{ fleet, ...why }],
      ...labelsOf(why),
      // The rotation goes on whatever becomes of what started it.
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
    const result = await child.result();
    return { outcome: result.outcome, rotation: result };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return { outcome: 'skipped', rotation: null };
    if (error instanceof ChildWorkflowFailure) {
      if (error.cause instanceof ApplicationFailure) throw error.cause;
      throw ApplicationFailure.nonRetryable(error.cause?.message ?? error.message, 'internal');
    }
    throw error;
  }
}
