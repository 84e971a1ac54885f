import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import type { Progress, OperationResult, StepRecord } from '../core/rotation.js';
import { EndedByForce, progressOf, resultOf } from '../monitoring/operation-reading.js';
import { pendingWorkOf } from '../monitoring/pending-work.js';
import { UserError } from './errors.js';
import { mayPass } from './temporal-errors.js';
import { timeOfDay } from '../core/times.js';

const POLL_MS = 400;
const SLOW_MS = 5_000;
/** A worker that is restarted is back long before; without a person nobody starts one that is not there. */
const ABSENT_MS = 90_000;
const RECONNECT_MS = 1_000;
const LAST_LOOK_MS = 1_000;

/** What the watcher of a rotation is told; each line once. */
export type Tell = (line: string) => void;

export interface FollowOptions {
  readonly tell: Tell;
  /** Return as soon as the operation waits for a person, instead of waiting with it. */
  readonly leaveWhenBlocked: boolean;
  /** Resolves when the one who follows has seen enough. */
  readonly interrupted: Promise<void>;
  readonly timeoutMs: number | undefined;
}

export type Followed =
  | { readonly kind: 'ended'; readonly result: OperationResult }
  | { readonly kind: 'blocked'; readonly progress: Progress }
  /** No worker has answered for so long that somebody has to start one. */
  | { readonly kind: 'no-worker' }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'timeout' };

/**
 * Follows an operation to its end, or until it is left. A lost connection or a worker that is away is said once and waited
 * out.
 */
export async function follow(handle: WorkflowHandle, options: FollowOptions): Promise<Followed> {
  const once = eachOnce(options.tell);
  const left = new AbortController();
  const { signal } = left;
  const ways: Promise<Followed>[] = [
    endOf(handle, once, signal),
    watch(handle, options, once, signal),
    options.interrupted.then(() => ({ kind: 'interrupted' as const })),
  ];
  if (options.timeoutMs !== undefined)
    ways.push(sleep(options.timeoutMs, { kind: 'timeout' as const }, { signal }));
  for (const way of ways) way.catch(() => {}); // Those that lose the race fail when they are left.
  try {
    const followed = await Promise.race(ways);
    if (followed.kind === 'ended') await reportLastSteps(handle, once);
    return followed;
  } finally {
    left.abort();
  }
}

function eachOnce(tell: Tell): Tell {
  const told = new Set<string>();
  return (line) => {
    if (told.has(line)) return;
    told.add(line);
    tell(line);
  };
}

/** Tells every step, and leaves when nobody is there who could do what is waited for. */
async function watch(
  handle: WorkflowHandle,
  { leaveWhenBlocked }: FollowOptions,
  once: Tell,
  signal: AbortSignal,
): Promise<Followed> {
  let answeredAt = Date.now();
  for (;;) {
    const progress = await progressOf(handle);
    signal.throwIfAborted();
    if (progress) {
      answeredAt = Date.now();
      report(progress, once);
      await reportSlow(handle, once);
    } else once('waiting for a worker to answer');
    if (leaveWhenBlocked && progress?.outcome === 'blocked') return { kind: 'blocked', progress };
    if (leaveWhenBlocked && Date.now() - answeredAt > ABSENT_MS) return { kind: 'no-worker' };
    await sleep(POLL_MS, null, { signal });
  }
}

/**
 * The end, however often the connection to Temporal is lost on the way.
 *
 * @throws UserError when it was ended by force, or is not known any more; else what Temporal refuses with
 */
async function endOf(handle: WorkflowHandle, once: Tell, signal: AbortSignal): Promise<Followed> {
  for (;;) {
    try {
      const result = await handle.client.withAbortSignal(signal, () => resultOf(handle));
      return { kind: 'ended', result };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof EndedByForce) throw new UserError('rotation-ended', error.message);
      if (error instanceof WorkflowNotFoundError) throw new UserError('rotation-ended', forgotten(handle));
      if (!mayPass(error)) throw error;
      once('the connection to Temporal was lost; the operation goes on, trying again');
      await sleep(RECONNECT_MS, null, { signal });
    }
  }
}

function forgotten({ workflowId }: WorkflowHandle): string {
  return `Temporal no longer knows ${workflowId}; was its database lost? \`rotor verify\` shows what the nodes hold, and an operation that starts anew goes on from there`;
}

/** What happened between the last look and the end; the end itself is not waited with for long. */
async function reportLastSteps(handle: WorkflowHandle, once: Tell): Promise<void> {
  const progress = await Promise.race([progressOf(handle), sleep(LAST_LOOK_MS, null, { ref: false })]);
  if (progress) report(progress, once);
}

function report(progress: Progress, once: Tell): void {
  for (const step of progress.steps) reportStep(step, once);
  for (const { node, message, since } of progress.blocking) {
    once(`  waiting since ${since} for ${node || 'the fleet'}: ${message}`);
  }
}

function reportStep(step: StepRecord, once: Tell): void {
  const head = `${step.phase.padEnd(10)} ${timeOfDay(step.startedAt)}  `;
  once(`${head}${step.reason}`);
  for (const problem of step.problems) once(`${head}${problem.code}: ${problem.message}`);
  if (step.endedAt === null) return;
  const failed = new Set(step.problems.map(({ node }) => node)).size;
  const seconds = ((Date.parse(step.endedAt) - Date.parse(step.startedAt)) / 1000).toFixed(1);
  once(`${head}${step.nodes.length - failed} of ${step.nodes.length} done in ${seconds} s`);
}

/** A line for each node that an activity has been at for long; the heartbeats say who that is. */
async function reportSlow(handle: WorkflowHandle, once: Tell): Promise<void> {
  const description = await handle.describe().catch(() => null);
  for (const { batch } of await pendingWorkOf(handle.client, description)) {
    for (const { node, since } of batch?.running ?? []) {
      if (Date.now() - Date.parse(since) > SLOW_MS) {
        once(`  ${node} is slow: at work since ${since} (${batch!.done} of ${batch!.total} nodes done)`);
      }
    }
  }
}
