/** Past operations as Temporal lists them. */
import type { WorkflowExecutionInfo } from '@temporalio/client';
import type { OperationError, Outcome } from '../core/rotation.js';
import { rotationId, type OperationMemo } from '../workflows/messages.js';
import { UserError } from './errors.js';
import { resultOf } from './follow.js';
import type { Session } from './session.js';

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
/** How far back the beginning of a run ID is looked for. */
const MOST_SEARCHED = 1_000;

/** The latest first. */
export async function pastOperations(session: Session, limit: number): Promise<PastOperation[]> {
  const runs = await listRuns(session, limit);
  const operations: PastOperation[] = [];
  for (let start = 0; start < runs.length; start += AT_ONCE)
    operations.push(
      ...(await Promise.all(runs.slice(start, start + AT_ONCE).map((run) => withEnd(session, run)))),
    );
  return operations;
}

/**
 * @param name a run ID, its beginning, or `last`
 * @throws UserError when there is none, or more than one
 */
export async function pastOperation(session: Session, name: string): Promise<PastOperation> {
  const runs = await listRuns(session, name === 'last' ? 1 : MOST_SEARCHED);
  const found = name === 'last' ? runs : runs.filter(({ runId }) => runId.startsWith(name));
  const [run] = found;
  if (!run)
    throw new UserError('no-run', `${session.fleet} has no run ${name}; \`rotor history\` lists them`);
  if (found.length > 1)
    throw new UserError(
      'no-run',
      `${found.length} runs begin with ${name}; say more of the one that is meant`,
    );
  return withEnd(session, run);
}

/** A run that was continued as new is not an operation's end: the run that it went on in stands for it. */
async function listRuns({ client, fleet }: Session, limit: number): Promise<WorkflowExecutionInfo[]> {
  const runs: WorkflowExecutionInfo[] = [];
  for await (const run of client.workflow.list({ query: `WorkflowId = "${rotationId(fleet)}"` })) {
    if (run.status.name !== 'CONTINUED_AS_NEW') runs.push(run);
    if (runs.length === limit) break;
  }
  return runs;
}

async function withEnd(session: Session, run: WorkflowExecutionInfo): Promise<PastOperation> {
  const { runId, type, startTime, closeTime, memo } = run;
  const { startedAt, ...end } = await endOf(session, run);
  const began = startedAt ?? startTime.toISOString();
  const endedAt = closeTime?.toISOString() ?? null;
  const seconds = endedAt === null ? null : (Date.parse(endedAt) - Date.parse(began)) / 1000;
  return { runId, type, startedAt: began, endedAt, seconds, ...(memo as Partial<OperationMemo>), ...end };
}

interface End extends Pick<PastOperation, 'outcome' | 'error'> {
  /** Of the first run, where it was continued as new. */
  readonly startedAt?: string;
}

async function endOf({ client, fleet }: Session, { runId, status }: WorkflowExecutionInfo): Promise<End> {
  if (status.name === 'RUNNING') return { outcome: 'running', error: null };
  try {
    const result = await resultOf(client.workflow.getHandle(rotationId(fleet), runId));
    const { outcome, error, startedAt } = result;
    return { outcome: outcome as HistoryOutcome, error, startedAt };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { outcome: 'terminated', error: { code: 'internal', message: error.message, nodes: [] } };
  }
}
