/** When an operation is given up, and what is said of why. */
import type { NodeProblem } from '../core/decision.js';
import { needsAPerson } from '../core/problems.js';
import type { OperationError, OperationKind, Outcome } from '../core/rotation.js';
import { blockedForMs, type OperationState } from './state.js';

/** An operation that waits has not ended. */
export type Ending = Exclude<Outcome, 'blocked'>;

/** Null while it goes on: after promotion began, whatever is in the way is waited for. */
export function reasonToEnd(
  state: OperationState,
  kind: OperationKind,
  problems: readonly NodeProblem[],
  { waitForNodeMs, now }: { readonly waitForNodeMs: number; readonly now: number },
): Ending | null {
  if (state.isAborted) return 'aborted';
  if (problems.length === 0 || state.promotionBegan || kind === 'revoke') return null;
  if (problems.some(({ code }) => needsAPerson(code))) return 'failed';
  return blockedForMs(state, now) >= waitForNodeMs ? 'compensated' : null;
}

export function errorFor(
  ending: Ending,
  kind: OperationKind,
  problems: readonly NodeProblem[],
): OperationError {
  if (ending === 'aborted' || problems.length === 0)
    return {
      code: 'cancelled',
      message: `the ${kind} operation was aborted by an operator`,
      nodes: [],
    };
  return errorOf(problems);
}

/** Of several problems the one that waits for a person; of nodes each once. */
function errorOf(problems: readonly NodeProblem[]): OperationError {
  const [worst] = [...problems].sort((a, b) => Number(needsAPerson(b.code)) - Number(needsAPerson(a.code)));
  const nodes = [...new Set(problems.map(({ node }) => node).filter((node) => node !== ''))];
  return { code: worst!.code, message: worst!.message, nodes };
}
