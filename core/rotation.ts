/** What a rotation says of itself, while it runs and when it has ended. Times are ISO 8601 in UTC. */
import type { NodeProblem, Phase } from './planner.js';
import type { ProblemCode } from './problems.js';
import type { Fingerprint } from './repository.js';

/** `blocked` while a person is waited for; the others end a rotation. */
export type Outcome = 'completed' | 'compensated' | 'aborted' | 'failed' | 'blocked';

export interface RotationError {
  readonly code: ProblemCode;
  readonly message: string;
  readonly nodes: readonly string[];
}

export interface RotationResult {
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
  /** Null for `completed` only. */
  readonly error: RotationError | null;
}

/** One step of the plan as it was carried out. */
export interface StepRecord {
  readonly phase: Phase | 'compensate';
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
  readonly phase: Phase | 'compensate' | 'ended';
  readonly reason: string;
  readonly nodes: number;
  readonly startedAt: string;
  readonly steps: readonly StepRecord[];
  readonly blocking: readonly Blocking[];
  /** Null while the rotation runs and waits for nobody. */
  readonly outcome: Outcome | null;
}

export interface RotationRequest {
  readonly fleet: string;
  /** Why, in the operator's words. */
  readonly reason: string;
  /** Who: a person's login and host, or the schedule. */
  readonly startedBy: string;
}

/** Heartbeat details of activities over many nodes: what a person who waits wants to know. */
export interface BatchProgress {
  readonly done: number;
  readonly total: number;
  readonly running: readonly { readonly node: string; readonly since: string }[];
}
