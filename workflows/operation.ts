import {
  ApplicationFailure,
  CancellationScope,
  allHandlersFinished,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { Operation } from '../engine/operation.js';
import type { OperationNames } from '../engine/result.js';
import { beginState, type OperationState } from '../engine/state.js';
import type { Order } from '../core/orders.js';
import type { Answer, OperationRequest, OperationResult } from '../core/rotation.js';
import { Appearance } from './appearance.js';
import { endNotice, type Notice } from '../core/notice.js';
import { Notices } from './notices.js';
import {
  answerUpdate,
  attemptFailedSignal,
  operationName,
  orderUpdate,
  progressQuery,
  viewQuery,
} from './messages.js';
import { temporalWorld } from './world.js';

type Request = Omit<OperationRequest, 'kind'>;

/** One rotation of a fleet. */
export function rotation(request: Request, carried?: OperationState): Promise<OperationResult> {
  return run({ ...request, kind: 'rotate' }, carried);
}

/** Brings nodes that differ to the fleet's keys. */
export function reconciliation(request: Request, carried?: OperationState): Promise<OperationResult> {
  return run({ ...request, kind: 'reconcile' }, carried);
}

/** Replaces every key at once. */
export function revocation(request: Request, carried?: OperationState): Promise<OperationResult> {
  return run({ ...request, kind: 'revoke' }, carried);
}

/**
 * Fails with an ApplicationFailure whose type is a ProblemCode and whose first detail is the OperationResult, when a
 * person has to change something first.
 */
async function run(request: OperationRequest, carried: OperationState | undefined): Promise<OperationResult> {
  const state = carried ?? beginState(Date.now(), request.orders);
  const notices = new Notices(request.fleet);
  const world = temporalWorld(request.fleet, { notices });
  const describeFleet = async () => {
    const description = await world.describeFleet();
    appearance.describe(description);
    return description;
  };
  const operation = new Operation({ ...world, describeFleet }, request, state, namesOf());
  const appearance = new Appearance(() => operation.progress(), request);
  listen(operation);
  void tellWhenBlocked(operation, request, notices);
  CancellationScope.current().cancelRequested.catch((error: unknown) => {
    if (isCancellation(error)) operation.cancel();
  });
  const end = await CancellationScope.nonCancellable(() => operation.run());
  await condition(allHandlersFinished);
  if (end.kind === 'tired')
    return continueAsNew<(request: Request, state: OperationState) => Promise<OperationResult>>(
      request,
      state,
    );
  const { result } = end;
  appearance.end(result);
  await CancellationScope.nonCancellable(() => notices.tell(endNotice(request.fleet, result)));
  if (result.outcome !== 'failed') return result;
  throw ApplicationFailure.create({
    type: result.error!.code,
    message: result.error!.message,
    details: [result],
    nonRetryable: true,
  });
}

/** Beside the operation, which waits for none of it. */
function tellWhenBlocked(operation: Operation, request: OperationRequest, notices: Notices): Promise<void> {
  return CancellationScope.nonCancellable(async () => {
    const isBlocked = () => operation.blockedSince() !== null;
    for (;;) {
      await condition(isBlocked);
      await notices.tell(blockedNotice(operation, request));
      await condition(() => !isBlocked());
    }
  });
}

function blockedNotice(operation: Operation, { fleet, kind }: OperationRequest): Notice {
  const { workflowId, runId, firstExecutionRunId } = workflowInfo();
  const { blocking, reason } = operation.progress();
  const since = operation.blockedSince()!;
  return {
    ...{ event: 'blocked', fleet, key: `${firstExecutionRunId}/blocked/${since}`, at: since },
    summary: blocking[0]?.message ?? reason,
    ...{ operation: kind, workflowId, runId, outcome: 'blocked' },
    problems: blocking.map(({ node, code, message }) => ({ node, code, message })),
  };
}

function namesOf(): OperationNames {
  const { workflowId, runId, firstExecutionRunId } = workflowInfo();
  return { workflowId, runId, operation: operationName(workflowId, firstExecutionRunId) };
}

function listen(operation: Operation): void {
  setHandler(progressQuery, () => operation.progress());
  setHandler(viewQuery, () => operation.view());
  // It is for the history alone.
  setHandler(attemptFailedSignal, () => {});
  setHandler(orderUpdate, ({ order }) => operation.order(order), {
    validator: ({ order }: { order: Order }) => object(operation.objectionTo(order)),
  });
  setHandler(answerUpdate, ({ answer }) => operation.answer(answer), {
    validator: ({ answer }: { answer: Answer }) => object(operation.objectionToAnswer(answer)),
  });
}

function object(objection: string | null): void {
  if (objection !== null) throw ApplicationFailure.nonRetryable(objection, 'objection');
}
