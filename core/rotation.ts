/** What an operation on a fleet says of itself, while it runs and when it has ended. Times are ISO 8601 in UTC. */
import type { NodeProblem, Phase } from './decision.js';
import type { Order } from './orders.js';
import type { ProblemCode } from './problems.js';
import type { Fingerprint } from './repository.js';

/** `blocked` while a person is waited for; the others end a rotation. */
export type Outcome = 'completed' | 'compensated' | 'aborted' | 'failed' | 'blocked';

export interface OperationError {
  readonly code: ProblemCode;
  readonly message: string;
  readonly nodes: readonly string[];
}

export type OperationKind = 'rotate' | 'reconcile' | 'revoke';

export interface OperationResult {
  readonly kind: OperationKind;
  readonly workflowId: string;
  readonly runId: string;
  readonly outcome: Outcome;
  readonly primary: Fingerprint | null;
  readonly staged: Fingerprint | null;
  /** Keys that were in a repository before and are in none now. */
  readonly pruned: readonly Fingerprint[];
  /** Secondary keys that stay, and until when a token may need them. */
  readonly retained: readonly { readonly fingerprint: Fingerprint; readonly until: string }[];
  readonly nodes: number;
  readonly startedAt: string;
  readonly endedAt: string;
  /** Keys that were revoked; empty for other operations. */
  readonly revoked: readonly Fingerprint[];
  /** Null for `completed` only. */
  readonly error: OperationError | null;
}

/** One step of the plan as it was carried out. */
export interface StepRecord {
  readonly phase: Phase;
  readonly reason: string;
  readonly nodes: readonly string[];
  readonly startedAt: string;
  /** Null while it runs. */
  readonly endedAt: string | null;
  readonly problems: readonly NodeProblem[];
}

/** A node that a rotation waits for. */
export interface Blocking extends NodeProblem {
  readonly since: string;
}

export interface Progress {
  readonly kind: OperationKind;
  readonly phase: Phase | 'ended';
  readonly reason: string;
  readonly nodes: number;
  readonly startedAt: string;
  readonly steps: readonly StepRecord[];
  readonly blocking: readonly Blocking[];
  /** What an operator can say now. */
  readonly answers: readonly Answer[];
  /** Null while the operation runs and waits for nobody. */
  readonly outcome: Outcome | null;
}

/** What an operator may say to an operation that runs or waits; beside the orders of `orders.ts`. */
export const ANSWERS = ['retry', 'pause', 'resume', 'abort'] as const;
export type Answer = (typeof ANSWERS)[number];

export interface OperationRequest {
  readonly kind: OperationKind;
  readonly fleet: string;
  /** Why, in the operator's words. */
  readonly reason: string;
  /** Who: a person's login and host, or the schedule. */
  readonly startedBy: string;
  /** What an operator has said when they started it. */
  readonly orders?: readonly Order[];
}

/** Heartbeat details of activities over many nodes: what a person who waits wants to know. */
export interface BatchProgress {
  readonly done: number;
  readonly total: number;
  readonly running: readonly { readonly node: string; readonly since: string }[];
}
