/** Operations on a fleet as a client starts, follows and talks to them. They all have the same workflow ID. */
import { hostname, userInfo } from 'node:os';
import {
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { INVENTORY_REMEDY, inventoryChangeText } from '../core/inventory-change.js';
import type { Order } from '../core/orders.js';
import type { OperationKind, OperationRequest, OperationResult, Progress } from '../core/rotation.js';
import {
  WORKFLOW,
  fleetId,
  fleetOrderUpdate,
  operationName,
  orderUpdate,
  rotationId,
} from '../workflows/messages.js';
import { EXIT, UserError } from './errors.js';
import { follow } from './follow.js';
import { listInventory } from './look.js';
import { confirm, remark, show, type GlobalOptions, type Io } from './output.js';
import { hasWorker, noWorkerHint, type Session } from './session.js';
import { formatDuration } from '../core/duration.js';

const WORKFLOW_OF = {
  rotate: WORKFLOW.rotation,
  reconcile: WORKFLOW.reconciliation,
  revoke: WORKFLOW.revocation,
} as const satisfies Record<OperationKind, string>;

export interface StartOptions {
  readonly kind: OperationKind;
  readonly reason: string;
  readonly orders?: readonly Order[];
  /** End whatever runs; otherwise an operation that runs is an error. */
  readonly takesOver?: boolean;
}

export async function startOperation(session: Session, { kind, reason, orders, takesOver }: StartOptions) {
  const { client, fleet, taskQueue } = session;
  const request: Omit<OperationRequest, 'kind'> = {
    fleet,
    reason,
    startedBy: `${userInfo().username}@${hostname()}`,
    ...(orders && { orders }),
  };
  try {
    return await client.workflow.start(WORKFLOW_OF[kind], {
      workflowId: rotationId(fleet),
      taskQueue,
      args: [request],
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

/** A worker that died a moment ago still counts as one that polls; an operation can be started without it. */
const LISTING_PATIENCE = '10s';

/**
 * Asks a person first where the inventory lost nodes, or doubled. Without a worker nobody can list it, and the operation
 * finds out by itself.
 */
async function withInventory(
  io: Io,
  options: GlobalOptions,
  session: Session,
  start: StartOptions,
): Promise<StartOptions> {
  if (!(await hasWorker(session))) return start;
  const found = await listInventory(session, LISTING_PATIENCE).catch((error: unknown) => {
    if (error instanceof UserError && error.code === 'no-answer') return null;
    throw error;
  });
  if (!found?.change) return start;
  const { nodes, change } = found;
  const text = inventoryChangeText(change);
  if (!(await confirm(io, options, `${text[0]!.toUpperCase()}${text.slice(1)}. Is that right?`)))
    throw new UserError('inventory-changed', `${text}; nothing was changed: ${INVENTORY_REMEDY}`);
  const accepted: Order = { kind: 'inventory', nodes: nodes.map(({ name }) => name) };
  return { ...start, orders: [accepted, ...(start.orders ?? [])] };
}

/** Starts an operation and follows it. Leaving it does not end it. */
export async function runOperation(
  io: Io,
  options: GlobalOptions & { readonly wait?: boolean },
  session: Session,
  start: StartOptions,
): Promise<number> {
  const handle = await startOperation(session, await withInventory(io, options, session, start));
  const names = { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
  remark(io, options, `${WORKFLOW_OF[start.kind]} ${names.workflowId} started (run ${names.runId})`);
  if (!(await hasWorker(session))) remark(io, options, noWorkerHint(session.taskQueue));
  if (options.wait === false) {
    const note = 'it goes on by itself; `rotor status` shows how far it is';
    show(io, options, { ...names, outcome: null }, () => note);
    return EXIT.done;
  }
  const stopListening = sayOnInterrupt(io);
  try {
    const end = await follow(handle, {
      tell: (line) => remark(io, options, line),
      leaveWhenBlocked: !io.isTerminal,
    });
    if (end.kind === 'no-worker') {
      const remedy = `${noWorkerHint(session.taskQueue)}, and the ${WORKFLOW_OF[start.kind]} goes on`;
      throw new UserError('no-worker', remedy, EXIT.blocked);
    }
    const result = end.kind === 'ended' ? end.result : blockedResult(start.kind, names, end.progress);
    const extra = start.kind === 'revoke' ? { notRevoked: notRevoked(result) } : {};
    show(io, options, { ...result, ...extra }, () => summaryOf(result));
    return exitCodeOf(result);
  } finally {
    stopListening();
  }
}

/** While it waits for a person there is no end yet; the shape is that of a result all the same. */
function blockedResult(
  kind: OperationKind,
  names: { workflowId: string; runId: string },
  { blocking, nodes, startedAt, reason }: Progress,
) {
  const [first] = blocking;
  const error = {
    code: first?.code ?? 'internal',
    message: first?.message ?? reason,
    nodes: [...new Set(blocking.map(({ node }) => node))],
  };
  return {
    kind,
    ...names,
    outcome: 'blocked' as const,
    primary: null,
    staged: null,
    pruned: [],
    retained: [],
    revoked: [],
    nodes,
    startedAt,
    endedAt: null,
    error,
  };
}

type Ending = OperationResult | ReturnType<typeof blockedResult>;

function exitCodeOf({ outcome }: Ending): number {
  if (outcome === 'completed') return EXIT.done;
  return outcome === 'failed' ? EXIT.error : EXIT.blocked;
}

function notRevoked({ outcome, error }: Ending): readonly string[] {
  return outcome === 'completed' ? [] : (error?.nodes ?? []);
}

const CACHE_NOTE =
  'a Keystone that caches validations ([token] caching, cache_time) may accept a revoked token until its cache forgets it: flush memcached, or restart what caches';

function summaryOf(result: Ending): string {
  const { kind, outcome, error, primary, staged, pruned, retained, endedAt, startedAt } = result;
  const took =
    endedAt === null
      ? ''
      : ` in ${formatDuration(Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1000) * 1000)}`;
  return [
    `${outcome}${took}`,
    ...(error ? [`  ${error.code}: ${error.message}`] : []),
    ...(kind === 'revoke' && outcome === 'blocked'
      ? [
          `  not revoked yet on ${error?.nodes.join(', ')}: tokens under the old keys are still accepted there until it is reached, or fenced`,
        ]
      : []),
    ...(outcome === 'blocked'
      ? ['  it goes on waiting; `rotor status` shows how it stands and what can be answered']
      : []),
    ...(primary ? [`  primary   ${primary}`] : []),
    ...(staged ? [`  staged    ${staged}`] : []),
    ...retained.map(({ fingerprint, until }) => `  retained  ${fingerprint} until ${until}`),
    ...(kind === 'revoke' ? [] : pruned.map((fingerprint) => `  pruned    ${fingerprint}`)),
    ...(kind === 'revoke' ? result.revoked.map((fingerprint) => `  revoked   ${fingerprint}`) : []),
    ...(kind === 'revoke' ? [`  note      ${CACHE_NOTE}`] : []),
  ].join('\n');
}

/** Ctrl-C stops the watching, not the operation. */
function sayOnInterrupt(io: Io): () => void {
  const onInterrupt = () => {
    io.err('\nno longer following; it goes on by itself, `rotor status` shows how far it is\n');
    process.exit(EXIT.interrupted);
  };
  process.once('SIGINT', onInterrupt);
  return () => process.removeListener('SIGINT', onInterrupt);
}

/** The operation that runs now, or ran last; null when there never was one. */
export async function describeOperation({
  client,
  fleet,
}: Session): Promise<WorkflowExecutionDescription | null> {
  return client.workflow
    .getHandle(rotationId(fleet))
    .describe()
    .catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    });
}

export function isRunning(description: WorkflowExecutionDescription | null): boolean {
  return description?.status.name === 'RUNNING';
}

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

export function objectionOf(error: WorkflowUpdateFailedError): UserError {
  return new UserError('objection', error.cause?.message ?? error.message);
}
