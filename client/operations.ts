/** Operations on a fleet as a client starts, follows and talks to them. They all have the same workflow ID. */
import { hostname, userInfo } from 'node:os';
import {
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import type { Order } from '../core/orders.js';
import type { Answer, OperationKind, OperationRequest } from '../core/rotation.js';
import { describeOperation, isRunning } from '../monitoring/fleet-reading.js';
import {
  WORKFLOW,
  answerUpdate,
  fleetId,
  fleetOrderUpdate,
  labelsOf,
  operationName,
  orderUpdate,
  rotationId,
} from '../workflows/messages.js';
import { UserError } from './errors.js';
import { listInventory } from './look.js';
import { noWorkerHint } from '../monitoring/fleet-reading.js';
import { hasWorker, type Session } from './session.js';

/** The workflow type of each kind of operation. */
export const WORKFLOW_OF = {
  rotate: WORKFLOW.rotation,
  reconcile: WORKFLOW.reconciliation,
  revoke: WORKFLOW.revocation,
} as const satisfies Record<OperationKind, string>;

export interface StartOptions {
  readonly kind: OperationKind;
  readonly reason: string;
  readonly orders?: readonly Order[];
  /** Default: the account and the machine. */
  readonly startedBy?: string;
  /** End whatever runs; otherwise an operation that runs is an error. */
  readonly takesOver?: boolean;
}

export async function startOperation(session: Session, start: StartOptions) {
  const { kind, reason, orders, takesOver, startedBy = `${userInfo().username}@${hostname()}` } = start;
  const { client, fleet, taskQueue } = session;
  const request: Omit<OperationRequest, 'kind'> = {
    fleet,
    reason,
    startedBy,
    ...(orders && { orders }),
  };
  try {
    return await client.workflow.start(WORKFLOW_OF[kind], {
      workflowId: rotationId(fleet),
      taskQueue,
      args: [request],
      ...labelsOf(request),
      workflowIdConflictPolicy: takesOver ? 'TERMINATE_EXISTING' : 'FAIL',
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const { runId, type } = await client.workflow.getHandle(rotationId(fleet)).describe();
    throw new UserError(
      'already-running',
      `a ${type} is running already: ${rotationId(fleet)} (run ${runId}); \`rotor status\` shows how far it is`,
    );
  }
}

/**
 * Tells an operator's word to the operation that runs or waits.
 *
 * @throws UserError when none runs, no worker is there to hear it, or it can't be followed now
 */
export async function sendAnswer(session: Session, answer: Answer): Promise<void> {
  const { client, fleet, taskQueue } = session;
  const nothing = new UserError(
    'no-operation',
    `no operation runs on ${fleet}, so there is nothing to ${answer}`,
  );
  if (!isRunning(await describeOperation(session))) throw nothing;
  if (!(await hasWorker(session))) throw new UserError('no-worker', noWorkerHint(taskQueue));
  try {
    await client.workflow.getHandle(rotationId(fleet)).executeUpdate(answerUpdate, { args: [{ answer }] });
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) throw objectionOf(error);
    throw error instanceof WorkflowNotFoundError ? nothing : error;
  }
}

/** What comes of each word. */
export const SAID: Readonly<Record<Answer, string>> = {
  retry: 'it looks again now',
  pause: 'it stops after the step that runs; `rotor resume` lets it go on',
  resume: 'it goes on',
  abort: 'it stops and puts back what it can; `rotor status` shows how far it is',
};

/** An operation may end while an order is on its way to it; then the fleet takes it. */
const MOST_TRIES = 5;

/**
 * Tells an order to the operation that runs, or else to the fleet.
 *
 * @returns who took it
 * @throws UserError when the order can't be followed, or nobody is there to take it
 */
export async function sendOrder(session: Session, order: Order): Promise<'operation' | 'fleet'> {
  if (!(await hasWorker(session))) throw new UserError('no-worker', noWorkerHint(session.taskQueue));
  for (let attempt = 1; ; attempt++) {
    const description = await describeOperation(session);
    try {
      if (isRunning(description)) {
        await session.client.workflow
          .getHandle(rotationId(session.fleet))
          .executeUpdate(orderUpdate, { args: [{ order }] });
        return 'operation';
      }
      await sendToFleet(session, order, description);
      return 'fleet';
    } catch (error) {
      if (
        attempt < MOST_TRIES &&
        (error instanceof WorkflowNotFoundError || typeOf(error) === 'operation-open')
      )
        continue;
      throw error instanceof WorkflowUpdateFailedError ? objectionOf(error) : error;
    }
  }
}

async function sendToFleet(
  session: Session,
  order: Order,
  last: WorkflowExecutionDescription | null,
): Promise<void> {
  const { client, fleet, taskQueue } = session;
  const firstRunId = last?.raw.workflowExecutionInfo?.firstRunId;
  const ended = firstRunId ? operationName(rotationId(fleet), firstRunId) : null;
  const inventory = (await listInventory(session)).nodes.map(({ name }) => name);
  await client.workflow.executeUpdateWithStart(fleetOrderUpdate, {
    startWorkflowOperation: new WithStartWorkflowOperation(WORKFLOW.fleet, {
      workflowId: fleetId(fleet),
      taskQueue,
      args: [{ fleet }],
      workflowIdConflictPolicy: 'USE_EXISTING',
    }),
    args: [{ order, inventory, ended }],
  });
}

function typeOf(error: unknown): string | undefined {
  return error instanceof WorkflowUpdateFailedError
    ? (error.cause as { type?: string } | undefined)?.type
    : undefined;
}

function objectionOf(error: WorkflowUpdateFailedError): UserError {
  return new UserError('objection', error.cause?.message ?? error.message);
}
