/** What operators may answer to an operation that runs, and what that changes. */
import { ANSWERS, type Answer, type OperationKind } from '../core/rotation.js';
import type { OperationState } from './state.js';

/** @returns why it can't be followed; null when it can */
export function objectionToAnswer(
  { isPaused, isAborted }: OperationState,
  kind: OperationKind,
  answer: Answer,
): string | null {
  if (isAborted) return 'it is being aborted already';
  if (answer === 'abort' && kind === 'revoke')
    return 'a revocation is not aborted: the old keys may be in wrong hands; fence the nodes that it waits for';
  if (answer === 'pause' && isPaused) return 'it is paused already';
  if (answer === 'resume' && !isPaused) return 'it is not paused';
  return null;
}

export function possibleAnswers(state: OperationState, kind: OperationKind): Answer[] {
  if (state.phase === 'ended') return [];
  return ANSWERS.filter((answer) => objectionToAnswer(state, kind, answer) === null);
}

export function followAnswer(state: OperationState, answer: Answer): void {
  if (answer === 'pause') state.isPaused = true;
  if (answer === 'resume') state.isPaused = false;
  if (answer === 'abort') state.isAborted = true;
}
