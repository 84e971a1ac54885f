/** Past operations as Temporal lists them. */
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { Limit } from '../core/limit.js';
import type { OperationError, Outcome } from '../core/rotation.js';
import { rotationId, type OperationMemo } from '../workflows/messages.js';
import type { Watched } from './fleet-reading.js';
import { EndedByForce, resultOf } from './operation-reading.js';

/** `terminated`: by force, or because a revocation took its place; it did not say how it ended. */
export type HistoryOutcome = Exclude<Outcome, 'blocked'> | 'running' | 'terminated';

export interface PastOperation extends Partial<OperationMemo> {
  readonly runId: string;
  /** `rotation`, `reconciliation` or `revocation`. */
  readonly type: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly seconds: number | null;
  readonly outcome: HistoryOutcome;
  readonly error: OperationError | null;
}

/** Runs that are asked for their ends at the same time. */
const MOST_ASKED = 10;

/** The latest first. */
export function pastOperations(watched: Watched, limit: number): Promise<PastOperation[]> {
  return readRuns(watched, limit, (run) => withEnd(watched, run));
}

/** What is read of each of the latest runs, in their order. */
export async function readRuns<T>(
  watched: Watched,
  limit: number,
  read: (run: WorkflowExecutionInfo) => Promise<T>,
): Promise<T[]> {
  const runs = await listRuns(watched, limit);
  const asked = new Limit(MOST_ASKED);
  return Promise.all(runs.map((run) => asked.run(() => read(run))));
}

/** A run that was continued as new is not an operation's end: the run that it went on in stands for it. */
export async function listRuns({ client, fleet }: Watched, limit: number): Promise<WorkflowExecutionInfo[]> {
  const runs: WorkflowExecutionInfo[] = [];
  for await (const run of client.workflow.list({ query: `WorkflowId = "${rotationId(fleet)}"` })) {
    if (run.status.name !== 'CONTINUED_AS_NEW') runs.push(run);
    if (runs.length === limit) break;
  }
  return runs;
}

export async function withEnd(watched: Watched, run: WorkflowExecutionInfo): Promise<PastOperation> {
  const { runId, type, startTime, closeTime, memo } = run;
  const { startedAt, ...end } = await endOf(watched, run);
  const began = startedAt ?? startTime.toISOString();
  const endedAt = closeTime?.toISOString() ?? null;
  const seconds = endedAt === null ? null : (Date.parse(endedAt) - Date.parse(began)) / 1000;
  return { runId, type, startedAt: began, endedAt, seconds, ...(memo as Partial<OperationMemo>), ...end };
}

interface End extends Pick<PastOperation, 'outcome' | 'error'> {
  /** Of the first run, where it was continued as new. */
  readonly startedAt?: string;
}

async function endOf({ client, fleet }: Watched, { runId, status }: WorkflowExecutionInfo): Promise<End> {
  if (status.name === 'RUNNING') return { outcome: 'running', error: null };
  try {
    const result = await resultOf(client.workflow.getHandle(rotationId(fleet), runId));
    const { outcome, error, startedAt } = result;
    return { outcome: outcome as HistoryOutcome, error, startedAt };
  } catch (error) {
    if (!(error instanceof EndedByForce)) throw error;
    return { outcome: 'terminated', error: { code: 'internal', message: error.message, nodes: [] } };
  }
}
