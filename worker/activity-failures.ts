/** What an activity may fail with, and that the operation's history keeps each failed attempt's error: Temporal keeps the last. */
import { ApplicationFailure, CancelledFailure, type Info } from '@temporalio/activity';
import { isGrpcServiceError, type Client } from '@temporalio/client';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { isKept, type FailedAttempt } from '../core/attempts.js';
import { problemCodeOf } from '../core/problems.js';
import { WORKFLOW, attemptFailedSignal } from '../workflows/messages.js';
import { errorFields, type Log } from './log.js';

/** Those that a person follows and reads the history of. */
const OPERATIONS: readonly string[] = [WORKFLOW.rotation, WORKFLOW.reconciliation, WORKFLOW.revocation];

/** An attempt is over when Temporal hears of it; a word about it must not hold that up for long. */
const TELL_WITHIN_MS = 3_000;

export function keepFailures(client: Client, log: Log): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (error) {
          if (error instanceof CancelledFailure) throw error;
          const failure = failureOf(error);
          // What is not tried again stands in the history as it is.
          if (!failure.nonRetryable)
            await tell(client, info, failure.message).catch((trouble: unknown) =>
              log('warn', 'the operation could not be told of a failed attempt', errorFields(trouble)),
            );
          throw failure;
        }
      },
    },
  });
}

/**
 * A failure of a fixed set of types without a cause. Only an error of ours carries its text on: what another says, or brought
 * along, may hold anything.
 */
export function failureOf(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) {
    if (!error.cause) return error;
    const { message, type, nonRetryable, details } = error;
    return new ApplicationFailure(message, type, nonRetryable, details);
  }
  const { code, reason } = errorFields(error);
  if (reason !== undefined)
    return ApplicationFailure.retryable(reason, problemCodeOf((error as { code?: string }).code));
  const message = isGrpcServiceError(error)
    ? `Temporal did not do what it was asked (gRPC status ${error.code})`
    : `an unexpected ${code}; the worker's log has where`;
  return ApplicationFailure.retryable(message, 'internal');
}

async function tell(client: Client, info: Info, message: string): Promise<void> {
  const { workflowExecution, workflowType, activityType: activity, activityId, attempt } = info;
  if (!workflowExecution || !OPERATIONS.includes(workflowType ?? '') || !isKept(attempt)) return;
  const { workflowId, runId } = workflowExecution;
  const failed: FailedAttempt = { activity, activityId, attempt, message };
  await client.withDeadline(Date.now() + TELL_WITHIN_MS, () =>
    client.workflow.getHandle(workflowId, runId).signal(attemptFailedSignal, failed),
  );
}
