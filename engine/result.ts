/** What an operation says of itself when it has ended. */
import { effectiveMarginMs, neededUntil, type Ledger } from '../core/ledger.js';
import { readNodes } from '../core/membership.js';
import type { Policy } from '../core/policy.js';
import { primaryOf, stagedOf, type Fingerprint } from '../core/repository.js';
import type { OperationError, OperationKind, OperationResult } from '../core/rotation.js';
import { keysOn, type Survey } from '../core/survey.js';
import { iso } from '../core/times.js';
import type { Ending } from './ending.js';
import type { OperationState } from './state.js';

/** Who the operation is, in Temporal's words. */
export interface OperationNames {
  readonly workflowId: string;
  readonly runId: string;
  /** The same for every run of an operation that was continued as new: it names who holds the locks and the ledger. */
  readonly operation: string;
}

/** The fleet as the last look found it. */
interface Seen {
  readonly survey: Survey;
  readonly ledger: Ledger;
  readonly policy: Policy;
}

export interface OperationAtItsEnd {
  readonly kind: OperationKind;
  readonly names: OperationNames;
  readonly state: OperationState;
  readonly seen: Seen;
  readonly outcome: Ending;
  readonly error: OperationError | null;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
}

export function resultOf({
  kind,
  names,
  state,
  seen,
  outcome,
  error,
  endedAt,
}: OperationAtItsEnd): OperationResult {
  const [first] = readNodes(seen.survey, seen.ledger);
  const primary = first ? (primaryOf(first.repository) ?? null) : null;
  const staged = first ? (stagedOf(first.repository) ?? null) : null;
  const now = keysOn(seen.survey.nodes);
  return {
    kind,
    workflowId: names.workflowId,
    runId: names.runId,
    outcome,
    primary,
    staged,
    pruned: (state.keysBefore ?? []).filter((key) => !now.includes(key)),
    retained: now.filter((key) => key !== primary && key !== staged).flatMap((key) => retention(key, seen)),
    revoked: state.revoked ?? [],
    nodes: state.nodes,
    startedAt: iso(state.startedAt),
    endedAt: iso(endedAt),
    error,
  };
}

function retention(fingerprint: Fingerprint, { survey, ledger, policy }: Seen): OperationResult['retained'] {
  const until = neededUntil(ledger, fingerprint, effectiveMarginMs(policy, survey, ledger));
  return Number.isFinite(until) ? [{ fingerprint, until: iso(until) }] : [];
}
