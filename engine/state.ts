import type { NodeProblem, Phase } from '../core/decision.js';
import type { Order } from '../core/orders.js';
import type { Fingerprint } from '../core/repository.js';
import type { Blocking, Outcome, StepRecord } from '../core/rotation.js';
import { iso } from '../core/times.js';
import { NO_NOTES, type VisitNotes } from './look.js';

/** One promotion. */
export interface Goal {
  readonly from: Fingerprint;
  readonly to: Fingerprint;
}

/** Everything that an operation knows beside the ledger and the last survey; it is handed on to a next run as it is. */
export interface OperationState {
  readonly startedAt: number;
  phase: Phase | 'ended';
  reason: string;
  nodes: number;
  /** Of a rotation; null until the fleet was found in sync. */
  goal: Goal | null;
  /** From here on only forward, or back by an operator's word: a token may have been made with the new primary. */
  promotionBegan: boolean;
  /** The account can sign in to every Keystone that will be probed. */
  canProbe: boolean;
  /** Keys that some node held when the operation began. */
  keysBefore: Fingerprint[] | null;
  /** Keys that a revocation found and replaces; null until it has begun. */
  revoked: Fingerprint[] | null;
  /** Nodes that were touched before promotion. */
  touched: string[];
  /** What operators have said and was not followed yet. */
  orders: Order[];
  isPaused: boolean;
  isAborted: boolean;
  notes: VisitNotes;
  steps: StepRecord[];
  blocking: Blocking[];
  /** How many looks in a row found something in the way. */
  failedLooks: number;
  outcome: Outcome | null;
}

/** Steps that are kept for those who watch; a rotation that waits for days must not grow without bound. */
const MOST_STEPS = 60;

/** A single failed look may be a moment's trouble; from the second one on a person should know. */
const BLOCKED_AFTER_LOOKS = 2;

export function beginState(now: number, orders: readonly Order[] = []): OperationState {
  return {
    startedAt: now,
    phase: 'survey',
    reason: 'looking at every node',
    nodes: 0,
    goal: null,
    promotionBegan: false,
    canProbe: false,
    keysBefore: null,
    revoked: null,
    touched: [],
    orders: [...orders],
    isPaused: false,
    isAborted: false,
    notes: NO_NOTES,
    steps: [],
    blocking: [],
    failedLooks: 0,
    outcome: null,
  };
}

/** Notes that a step begins; the returned function notes its end. */
export function beginStep(
  state: OperationState,
  now: () => number,
  phase: Phase,
  reason: string,
  nodes: readonly string[],
): (problems: readonly NodeProblem[]) => void {
  const step: StepRecord = { phase, reason, nodes, startedAt: iso(now()), endedAt: null, problems: [] };
  state.phase = phase;
  state.reason = reason;
  state.steps = [...state.steps, step].slice(-MOST_STEPS);
  return (problems) => {
    const ended: StepRecord = { ...step, endedAt: iso(now()), problems };
    state.steps = state.steps.map((other) => (other === step ? ended : other));
  };
}

/** Nodes that are in the way now; who was already, keeps the time since when. */
export function setBlocking(state: OperationState, problems: readonly NodeProblem[], now: number): void {
  const since = new Map(state.blocking.map((blocking) => [blocking.node, blocking.since]));
  state.blocking = problems.map((problem) => ({ ...problem, since: since.get(problem.node) ?? iso(now) }));
  state.failedLooks = problems.length === 0 ? 0 : state.failedLooks + 1;
  state.outcome = state.failedLooks >= BLOCKED_AFTER_LOOKS ? 'blocked' : null;
}

/** Since when somebody has been in the way, ISO 8601; null while nobody is. */
export function inTheWaySince({ blocking }: OperationState): string | null {
  return blocking.map(({ since }) => since).sort()[0] ?? null;
}

/** How long somebody has been in the way, in milliseconds. */
export function blockedForMs(state: OperationState, now: number): number {
  const since = inTheWaySince(state);
  return since === null ? 0 : now - Date.parse(since);
}
