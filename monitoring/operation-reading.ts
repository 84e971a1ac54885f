/** What an operation says of itself, while it runs and of its end. */
import { ApplicationFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { OperationResult, Progress } from '../core/rotation.js';
import { progressQuery } from '../workflows/messages.js';
import { answerWithinReason } from './fleet-reading.js';

/** It was terminated, or a revocation took its place, so it did not say how it ended. */
export class EndedByForce extends Error {
  override readonly name = 'EndedByForce';

  constructor(how: string) {
    super(`the rotation did not come to its own end: ${how}`);
  }
}

/** @returns what the rotation says of its end, also when it failed; @throws EndedByForce when it was ended by force */
export async function resultOf(handle: WorkflowHandle): Promise<OperationResult> {
  try {
    return (await handle.result()) as OperationResult;
  } catch (error) {
    if (error instanceof WorkflowFailedError) {
      const { cause } = error;
      const result = cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
      if (result) return result as OperationResult;
      throw new EndedByForce(cause?.message ?? error.message);
    }
    throw error;
  }
}

/** Null when nobody answers. */
export function progressOf(handle: WorkflowHandle): Promise<Progress | null> {
  return answerWithinReason(handle.client, () => handle.query(progressQuery));
}
