/** Looks at the fleet through a workflow, because a client never talks to a node or to a source of the inventory. */
import { randomUUID } from 'node:crypto';
import { ApplicationFailure, TimeoutFailure, WorkflowFailedError } from '@temporalio/client';
import { nextRunOf } from '../core/timer.js';
import { readTimer } from '../monitoring/fleet-reading.js';
import { WORKFLOW, diagnosisId, listingId, planningId, verificationId } from '../workflows/messages.js';
import type { Diagnosis, DiagnosisRequest } from '../workflows/diagnosis.js';
import type { FleetListing } from '../workflows/listing.js';
import type { Planning, PlanningRequest } from '../workflows/planning.js';
import type { Verification } from '../workflows/verification.js';
import { UserError } from './errors.js';
import { noWorkerHint } from '../monitoring/fleet-reading.js';
import { hasWorker, type Session } from './session.js';

/** Longer than a node's time-outs take; without an end by then the worker went away. */
const EXECUTION_TIMEOUT = '5m';

type Duration = `${number}${'s' | 'm'}`;

export function lookAtFleet(session: Session): Promise<Verification> {
  const { fleet } = session;
  return execute<Verification>(session, WORKFLOW.verification, verificationId(fleet, randomUUID()), {
    fleet,
  });
}

/** What the sources of the inventory list now; no node is visited. */
export function listInventory(
  session: Session,
  timeout: Duration = EXECUTION_TIMEOUT,
): Promise<FleetListing> {
  const { fleet } = session;
  return execute<FleetListing>(session, WORKFLOW.listing, listingId(fleet, randomUUID()), { fleet }, timeout);
}

/** Everything that would make a rotation fail or unsafe, as far as the worker can find it. */
export function diagnose(session: Session, intervalMs: number | null): Promise<Diagnosis> {
  const { fleet } = session;
  const run = randomUUID();
  const request: DiagnosisRequest = { fleet, run, intervalMs };
  return execute<Diagnosis>(session, WORKFLOW.diagnosis, diagnosisId(fleet, run), request);
}

export async function planFor(
  session: Session,
  request: Omit<PlanningRequest, 'fleet' | 'nextRun'>,
): Promise<Planning> {
  const { client, fleet } = session;
  const nextRunAt = nextRunOf(await readTimer(client, fleet));
  const nextRun = nextRunAt === null ? null : new Date(nextRunAt).toISOString();
  return execute<Planning>(session, WORKFLOW.planning, planningId(fleet, randomUUID()), {
    fleet,
    nextRun,
    ...request,
  });
}

async function execute<T>(
  session: Session,
  type: string,
  workflowId: string,
  input: object,
  timeout: Duration = EXECUTION_TIMEOUT,
): Promise<T> {
  const { client, taskQueue } = session;
  if (!(await hasWorker(session))) throw new UserError('no-worker', noWorkerHint(taskQueue));
  try {
    return (await client.workflow.execute(type, {
      workflowId,
      taskQueue,
      args: [input],
      workflowExecutionTimeout: timeout,
    })) as T;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const cause = error.cause?.cause ?? error.cause;
    if (cause instanceof TimeoutFailure)
      throw new UserError('no-answer', `no worker answered within ${timeout}; ${noWorkerHint(taskQueue)}`);
    const code = cause instanceof ApplicationFailure ? cause.type : null;
    const message = cause instanceof Error ? cause.message : error.message;
    throw new UserError(code ?? 'verification-failed', message);
  }
}
