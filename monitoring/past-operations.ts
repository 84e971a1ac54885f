/** Past operations as Temporal lists them. */
import type { WorkflowExecutionInfo } from '@temporalio/client';
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

/** Operations whose ends are asked for at the same time. */
const AT_ONCE = 10;

/** The latest first. */
export async function pastOperations(watched: Watched, limit: number): Promise<PastOperation[]> {
  const runs = await listRuns(watched, limit);
  const operations: PastOperation[] = [];
  for (let start = 0; start < runs.length; start += AT_ONCE)
    operations.push(
      ...(await Promise.all(runs.slice(start, start + AT_ONCE).map((run) => withEnd(watched, run)))),
    );
  return operations;
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
