/** An operation from its start to its end, as the person who started it sees it. */
import { formatDuration } from '../core/duration.js';
import { INVENTORY_REMEDY, inventoryChangeText } from '../core/inventory-change.js';
import type { Order } from '../core/orders.js';
import type { OperationKind, OperationResult, Progress } from '../core/rotation.js';
import { durationOption, EXIT, UserError } from './errors.js';
import { follow, type Followed } from './follow.js';
import { WORKFLOW_OF, startOperation, type StartOptions } from './operations.js';
import { listInventory } from './look.js';
import { canAsk, confirm, remark, show, type GlobalOptions, type Io } from './output.js';
import { noWorkerHint } from '../monitoring/fleet-reading.js';
import { hasWorker, type Session } from './session.js';

export interface FollowingOptions extends GlobalOptions {
  readonly wait?: boolean;
  /** A duration, as it was typed. */
  readonly timeout?: string;
}

interface Names {
  readonly workflowId: string;
  readonly runId: string;
}

/** A worker that died a moment ago still counts as one that polls; an operation can be started without it. */
const LISTING_PATIENCE = '10s';
const NOBODY_LISTS = ['no-worker', 'no-answer'];

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
  const found = await listInventory(session, LISTING_PATIENCE).catch((error: unknown) => {
    if (error instanceof UserError && NOBODY_LISTS.includes(error.code)) return null;
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
  options: FollowingOptions,
  session: Session,
  start: StartOptions,
): Promise<number> {
  const timeoutMs = durationOption('--timeout', options.timeout);
  const handle = await startOperation(session, await withInventory(io, options, session, start));
  const names = { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
  remark(io, `${WORKFLOW_OF[start.kind]} ${names.workflowId} started (run ${names.runId})`);
  if (!(await hasWorker(session))) remark(io, noWorkerHint(session.taskQueue));
  if (options.wait === false) {
    show(io, options, { ...names, outcome: null }, () => `it goes on by itself; ${HOW_TO_LOOK}`);
    return EXIT.done;
  }
  const interrupt = onInterrupt();
  try {
    const end = await follow(handle, {
      tell: (line) => remark(io, line),
      leaveWhenBlocked: !canAsk(io, options),
      interrupted: interrupt.promise,
      timeoutMs,
    });
    return tellEnd(io, options, { session, kind: start.kind, names, end });
  } finally {
    interrupt.forget();
  }
}

interface Told {
  readonly session: Session;
  readonly kind: OperationKind;
  readonly names: Names;
  readonly end: Followed;
}

function tellEnd(io: Io, options: GlobalOptions, { session, kind, names, end }: Told): number {
  switch (end.kind) {
    case 'no-worker': {
      const remedy = `${noWorkerHint(session.taskQueue)}, and the ${WORKFLOW_OF[kind]} goes on`;
      throw new UserError('no-worker', remedy, EXIT.blocked);
    }
    case 'interrupted':
    case 'timeout': {
      const message = `${LEFT[end.kind]}; the ${WORKFLOW_OF[kind]} goes on by itself, ${HOW_TO_LOOK}`;
      const error = { code: end.kind, message, nodes: [] };
      if (options.json) show(io, options, { ...names, outcome: null, error }, () => '');
      remark(io, message);
      return EXIT[end.kind];
    }
    case 'ended':
    case 'blocked': {
      const result = end.kind === 'ended' ? end.result : blockedResult(kind, names, end.progress);
      const extra = kind === 'revoke' ? { notRevoked: notRevoked(result) } : {};
      show(io, options, { ...result, ...extra }, () => summaryOf(result));
      return exitCodeOf(result);
    }
  }
}

const HOW_TO_LOOK = '`rotor status --watch` shows how far it is';
const LEFT = { interrupted: 'no longer following', timeout: 'not at its end yet' } as const;

/** Ctrl-C stops the following, not the operation. A second one ends the program where it is. */
function onInterrupt() {
  let listener = () => {};
  const promise = new Promise<void>((resolve) => (listener = resolve));
  process.once('SIGINT', listener);
  return { promise, forget: () => void process.removeListener('SIGINT', listener) };
}

/** While it waits for a person there is no end yet; the shape is that of a result all the same. */
function blockedResult(kind: OperationKind, names: Names, { blocking, nodes, startedAt, reason }: Progress) {
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
