import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Answer, Blocking, Outcome, Progress } from '../../core/rotation.js';
import { readFleet, type FleetReading } from '../../monitoring/fleet-reading.js';
import { rotationId } from '../../workflows/messages.js';
import { EXIT } from '../errors.js';
import { progressOf, resultOf } from '../follow.js';
import { show, type GlobalOptions, type Io } from '../output.js';
import { noWorkerHint, withSession, type Session } from '../session.js';

export interface StatusOptions extends GlobalOptions {
  readonly watch?: boolean;
}

interface Status {
  readonly fleet: string;
  /** `idle` when no rotation runs; `unknown` when one runs but no worker answers for it. */
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
  readonly workflowId: string;
  readonly runId: string | null;
  readonly reason: string;
}

const WATCH_MS = 1_000;

export function status(io: Io, options: StatusOptions): Promise<number> {
  return withSession(options, async (session) => {
    for (;;) {
      const now = await statusOf(session);
      show(io, options, now, () => textOf(now));
      if (!options.watch) return now.outcome === 'blocked' || now.overdue ? EXIT.blocked : EXIT.done;
      await sleep(WATCH_MS);
    }
  });
}

async function statusOf(session: Session): Promise<Status> {
  const { client, fleet, taskQueue } = session;
  const workflowId = rotationId(fleet);
  const base = {
    ...timingOf(await readFleet(client, fleet)),
    ...{ fleet, workflowId, counts: {}, blocking: [], answers: [] },
  };
  const handle = client.workflow.getHandle(workflowId);
  const description = await handle.describe().catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  });
  if (!description) return { ...base, phase: 'idle', outcome: null, runId: null, reason: 'no rotation yet' };
  const { runId } = description;
  if (description.status.name !== 'RUNNING') {
    const end = await resultOf(handle).catch(() => null);
    const reason = end?.error?.message ?? `the last rotation ended ${end?.endedAt ?? 'by force'}`;
    return { ...base, phase: 'idle', outcome: end?.outcome ?? 'failed', runId, reason };
  }
  const progress = await progressOf(handle);
  if (!progress) return { ...base, phase: 'unknown', outcome: null, runId, reason: noWorkerHint(taskQueue) };
  const { phase, outcome, blocking, reason, answers } = progress;
  return { ...base, phase, outcome, blocking, answers, reason, runId, counts: countsOf(progress) };
}

function timingOf({ summary, timer, overdue }: FleetReading) {
  const next = timer?.isPaused ? undefined : timer?.nextRuns[0];
  return {
    nextRun: isoOf(next),
    timer: timer && { paused: timer.isPaused, note: timer.note, lastRun: isoOf(timer.lastRunAt) },
    lastRotated: summary?.lastRotatedAt ?? null,
    overdue: overdue && { ...overdue, since: new Date(overdue.since).toISOString() },
  };
}

function isoOf(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : new Date(at).toISOString();
}

function countsOf({ nodes, steps, blocking }: Progress): Record<string, number> {
  const step = steps.at(-1);
  const blocked = new Set(blocking.map(({ node }) => node)).size;
  const working = step && step.endedAt === null ? step.nodes.length : 0;
  return { working, blocked, waiting: Math.max(0, nodes - working - blocked) };
}

function textOf({
  fleet,
  phase,
  outcome,
  blocking,
  nextRun,
  counts,
  reason,
  runId,
  answers,
  timer,
  overdue,
}: Status): string {
  const numbers = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
  return [
    `fleet ${fleet}: ${phase}${outcome ? `, ${outcome}` : ''}`,
    `  ${reason}`,
    ...(numbers.length > 0 ? [`  nodes: ${numbers.join(', ')}`] : []),
    ...blocking.map(({ node, message, since }) => `  waiting for ${node} since ${since}: ${message}`),
    ...(blocking.length > 0
      ? [`  you can say: ${[...answers, 'fence NODE'].map((answer) => `rotor ${answer}`).join(', ')}`]
      : []),
    ...(runId ? [`  run ${runId}`] : []),
    `  next scheduled run: ${nextRun ?? (timer?.paused ? `none, the timer is paused${timer.note ? ` (${timer.note})` : ''}` : 'none')}`,
    ...(overdue ? [`  overdue: ${overdue.message}`] : []),
  ].join('\n');
}
