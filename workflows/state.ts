import type { Goal, NodeProblem, Phase } from '../core/planner.js';
import type { Fingerprint } from '../core/repository.js';
import type { Blocking, Outcome, Progress, StepRecord } from '../core/rotation.js';
import { NO_NOTES, type VisitNotes } from './look.js';

/** Everything that a rotation knows beside the ledger and the last survey; it is handed on to a next run as it is. */
export interface RotationState {
  readonly startedAt: number;
  phase: Phase | 'compensate' | 'ended';
  reason: string;
  nodes: number;
  /** Null until the fleet was found in sync. */
  goal: Goal | null;
  /** From here on only forward: a token may have been made with the new primary. */
  promotionBegan: boolean;
  /** The account can sign in to every Keystone that will be probed. */
  canProbe: boolean;
  /** Keys that some node held when the rotation began. */
  keysBefore: Fingerprint[] | null;
  /** Nodes that have to be put back if the rotation is given up. */
  toPutBack: string[];
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

export function beginState(now: number): RotationState {
  return {
    startedAt: now,
    phase: 'survey',
    reason: 'looking at every node',
    nodes: 0,
    goal: null,
    promotionBegan: false,
    canProbe: false,
    keysBefore: null,
    toPutBack: [],
    notes: NO_NOTES,
    steps: [],
    blocking: [],
    failedLooks: 0,
    outcome: null,
  };
}

export function progressOf(state: RotationState): Progress {
  const { phase, reason, nodes, steps, blocking, outcome } = state;
  return {
    phase,
    reason,
    nodes,
    steps,
    blocking,
    outcome,
    startedAt: new Date(state.startedAt).toISOString(),
  };
}

/** Notes that a step begins; the returned function notes its end. */
export function beginStep(
  state: RotationState,
  phase: StepRecord['phase'],
  reason: string,
  nodes: readonly string[],
): (problems: readonly NodeProblem[]) => void {
  const step: StepRecord = { phase, reason, nodes, startedAt: isoNow(), endedAt: null, problems: [] };
  state.phase = phase;
  state.reason = reason;
  state.steps = [...state.steps, step].slice(-MOST_STEPS);
  return (problems) => {
    const ended: StepRecord = { ...step, endedAt: isoNow(), problems };
    state.steps = state.steps.map((other) => (other === step ? ended : other));
  };
}

/** Nodes that are in the way now; who was already, keeps the time since when. */
export function setBlocking(state: RotationState, problems: readonly NodeProblem[]): void {
  const since = new Map(state.blocking.map((blocking) => [blocking.node, blocking.since]));
  state.blocking = problems.map((problem) => ({ ...problem, since: since.get(problem.node) ?? isoNow() }));
  state.failedLooks = problems.length === 0 ? 0 : state.failedLooks + 1;
  state.outcome = state.failedLooks >= BLOCKED_AFTER_LOOKS ? 'blocked' : null;
}

/** How long somebody has been in the way, in milliseconds. */
export function blockedForMs(state: RotationState): number {
  const since = state.blocking.map((blocking) => Date.parse(blocking.since));
  return since.length === 0 ? 0 : Date.now() - Math.min(...since);
}

function isoNow(): string {
  return new Date(Date.now()).toISOString();
}
