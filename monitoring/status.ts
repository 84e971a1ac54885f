/** How a fleet stands: what runs, or ran last, and the fleet as it was seen last. */
import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { NodeProblem } from '../core/decision.js';
import { driftSince } from '../core/scheduled-look.js';
import type { FleetView } from '../core/fleet-view.js';
import type { Answer, Blocking, Outcome, Progress, StepRecord } from '../core/rotation.js';
import { nextRunOf } from '../core/timer.js';
import { iso } from '../core/times.js';
import {
  answerWithinReason,
  describeOperation,
  isRunning,
  readFleet,
  noWorkerHint,
  type FleetReading,
  type Watched,
} from './fleet-reading.js';
import { rotationId, taskQueueOf, viewQuery, type OperationMemo } from '../workflows/messages.js';
import { viewSeenBy, type LookRun } from './looks.js';
import { progressOf, resultOf } from './operation-reading.js';
import { pendingWorkOf, type PendingWork } from './pending-work.js';

export interface Status {
  readonly fleet: string;
  /** `idle` when no operation runs; `unknown` when one runs but no worker answers for it. */
  readonly phase: string;
  readonly outcome: Outcome | null;
  /** Nodes by what the running step has to do with them. */
  readonly counts: Readonly<Record<string, number>>;
  readonly blocking: readonly Blocking[];
  /** What can be said to what runs: `rotor retry`, … */
  readonly answers: readonly Answer[];
  readonly nextRun: string | null;
  /** Null without one. */
  readonly timer: {
    readonly paused: boolean;
    readonly note: string | null;
    readonly lastRun: string | null;
  } | null;
  /** When a rotation has completed last, as far as it is known. */
  readonly lastRotated: string | null;
  readonly overdue: { readonly code: string; readonly message: string; readonly since: string } | null;
  /** What the last look between rotations found, unless an operation has completed since. */
  readonly drift: readonly NodeProblem[];
  /** When that look was; null without one. */
  readonly verifiedAt: string | null;
  readonly workflowId: string;
  readonly runId: string | null;
  readonly reason: string;
  /** What runs, or ran last. */
  readonly operation: StartedOperation | null;
  readonly steps: readonly StepRecord[];
  /** What is at work now, or waits for its next attempt. */
  readonly pending: readonly PendingWork[];
  /** As the operation or a look between rotations saw it last; null when nobody did, or no worker answers for them. */
  readonly view: FleetView | null;
  /** Which of them it was. */
  readonly seenBy: 'operation' | 'look' | null;
}

export interface StartedOperation extends Partial<OperationMemo> {
  /** `rotation`, `reconciliation` or `revocation`. */
  readonly type: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

/** Looks at a fleet again and again; what can't have changed is not asked for twice. */
export class StatusReader {
  private seen: { readonly as: string; readonly view: FleetView | null } | null = null;
  private looked: { readonly runId: string; readonly view: FleetView | null } | null = null;

  constructor(private readonly watched: Watched) {}

  async read(): Promise<Status> {
    const { client, fleet } = this.watched;
    const reading = await readFleet(client, fleet);
    const nothing: Status = { ...NOTHING_YET, ...timingOf(reading), fleet, workflowId: rotationId(fleet) };
    const status = await this.ofOperation(nothing);
    return { ...status, ...latestOf(status.view, await this.viewOfLook(reading.looks.run)) };
  }

  private async ofOperation(nothing: Status): Promise<Status> {
    const description = await describeOperation(this.watched);
    if (!description) return nothing;
    const known = { ...nothing, runId: description.runId, operation: operationOf(description) };
    return isRunning(description) ? this.ofRunning(known, description) : this.ofEnded(known, description);
  }

  private async ofRunning(known: Status, description: WorkflowExecutionDescription): Promise<Status> {
    const progress = await progressOf(this.handleOf(description.runId));
    if (!progress)
      return { ...known, phase: 'unknown', reason: noWorkerHint(taskQueueOf(this.watched.fleet)) };
    const { phase, outcome, blocking, reason, answers, steps } = progress;
    const view = await this.viewOf(description);
    const counts = countsOf(progress);
    const pending = await pendingWorkOf(this.watched.client, description);
    return { ...known, phase, outcome, blocking, answers, reason, steps, view, counts, pending };
  }

  private async ofEnded(known: Status, description: WorkflowExecutionDescription): Promise<Status> {
    const end = await resultOf(this.handleOf(description.runId)).catch(() => null);
    const reason = end?.error?.message ?? ENDED[end?.outcome ?? 'failed'];
    return { ...known, outcome: end?.outcome ?? 'failed', reason, view: await this.viewOf(description) };
  }

  /** It may be large, and an operation sees nothing new as long as nothing is added to its history. */
  private async viewOf({ runId, historyLength }: WorkflowExecutionDescription): Promise<FleetView | null> {
    const as = `${runId} ${historyLength}`;
    if (this.seen?.as === as && this.seen.view !== null) return this.seen.view;
    const ask = () => this.handleOf(runId).query(viewQuery);
    this.seen = { as, view: await answerWithinReason(this.watched.client, ask) };
    return this.seen.view;
  }

  private async viewOfLook(run: LookRun | null): Promise<FleetView | null> {
    if (run === null || this.looked?.runId === run.runId) return this.looked?.view ?? null;
    const { client } = this.watched;
    const ask = async () => ({ runId: run.runId, view: await viewSeenBy(client, run) });
    this.looked = (await answerWithinReason(client, ask)) ?? this.looked;
    return this.looked?.view ?? null;
  }

  private handleOf(runId: string) {
    return this.watched.client.workflow.getHandle(rotationId(this.watched.fleet), runId);
  }
}

const NOTHING_YET: Status = {
  fleet: '',
  phase: 'idle',
  outcome: null,
  counts: {},
  blocking: [],
  answers: [],
  nextRun: null,
  timer: null,
  lastRotated: null,
  overdue: null,
  drift: [],
  verifiedAt: null,
  workflowId: '',
  runId: null,
  reason: 'there was no rotation yet',
  operation: null,
  steps: [],
  pending: [],
  view: null,
  seenBy: null,
};

const ENDED: Readonly<Record<Outcome, string>> = {
  completed: 'every node has the same keys',
  compensated: 'everything was put back',
  aborted: 'an operator gave it up',
  failed: 'it was ended by force',
  blocked: 'it waits for a person',
};

function latestOf(operation: FleetView | null, look: FleetView | null): Pick<Status, 'view' | 'seenBy'> {
  if (look !== null && (operation === null || look.at > operation.at)) return { view: look, seenBy: 'look' };
  return { view: operation, seenBy: operation && 'operation' };
}

function timingOf({ summary, timer, overdue, looks }: FleetReading) {
  return {
    nextRun: isoOf(nextRunOf(timer)),
    timer: timer && { paused: timer.isPaused, note: timer.note, lastRun: isoOf(timer.lastRunAt) },
    lastRotated: summary?.lastRotatedAt ?? null,
    drift: driftSince(looks.last, summary?.provenAt ?? null),
    verifiedAt: looks.last?.at ?? null,
    overdue: overdue && { ...overdue, since: iso(overdue.since) },
  };
}

function isoOf(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : iso(at);
}

function operationOf({ type, startTime, closeTime, memo }: WorkflowExecutionDescription): StartedOperation {
  return {
    type,
    startedAt: startTime.toISOString(),
    endedAt: closeTime?.toISOString() ?? null,
    ...(memo as Partial<OperationMemo> | undefined),
  };
}

function countsOf({ nodes, steps, blocking }: Progress): Record<string, number> {
  const step = steps.at(-1);
  const blocked = new Set(blocking.map(({ node }) => node)).size;
  const working = step && step.endedAt === null ? step.nodes.length : 0;
  return { working, blocked, waiting: Math.max(0, nodes - working - blocked) };
}
