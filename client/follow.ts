import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApplicationFailure,
  ServiceError,
  WorkflowFailedError,
  defaultPayloadConverter,
  type WorkflowHandle,
} from '@temporalio/client';
import type { BatchProgress, Progress, OperationResult, StepRecord } from '../core/rotation.js';
import { progressQuery } from '../workflows/messages.js';
import { UserError } from './errors.js';

const POLL_MS = 400;
const SLOW_MS = 5_000;
/** How long an answer may take before a worker counts as absent. */
const QUERY_TIMEOUT_MS = 5_000;
/** A worker that is restarted is back long before; without a person nobody starts one that is not there. */
const ABSENT_MS = 90_000;
const RECONNECT_MS = 1_000;

/** What the watcher of a rotation is told; each line once. */
export type Tell = (line: string) => void;

export interface FollowOptions {
  readonly tell: Tell;
  /** Return as soon as the rotation waits for a person, instead of waiting with it. */
  readonly leaveWhenBlocked: boolean;
}

export type Followed =
  | { readonly kind: 'ended'; readonly result: OperationResult }
  | { readonly kind: 'blocked'; readonly progress: Progress }
  /** No worker has answered for so long that somebody has to start one. */
  | { readonly kind: 'no-worker' };

/**
 * Follows a rotation to its end, or until it is blocked. A lost connection or a worker that is away is said once and
 * waited out.
 */
export async function follow(
  handle: WorkflowHandle,
  { tell, leaveWhenBlocked }: FollowOptions,
): Promise<Followed> {
  const told = new Set<string>();
  const once: Tell = (line) => {
    if (told.has(line)) return;
    told.add(line);
    tell(line);
  };
  let end = null as OperationResult | Error | null;
  // Who leaves a rotation that waits must not be kept by the question for its end.
  const leaving = new AbortController();
  void handle.client
    .withAbortSignal(leaving.signal, () => endOf(handle, once, leaving.signal))
    .then(
      (result) => (end = result),
      (error: unknown) => (end = error instanceof Error ? error : new Error(String(error))),
    );
  let answeredAt = Date.now();
  try {
    for (;;) {
      const progress = await progressOf(handle);
      if (progress) {
        answeredAt = Date.now();
        report(progress, once);
      } else if (end === null) once('waiting for a worker to answer');
      if (end instanceof Error) throw end;
      if (end !== null) return { kind: 'ended', result: end };
      if (progress) await reportSlow(handle, once);
      if (leaveWhenBlocked && progress?.outcome === 'blocked') return { kind: 'blocked', progress };
      if (leaveWhenBlocked && Date.now() - answeredAt > ABSENT_MS) return { kind: 'no-worker' };
      await sleep(POLL_MS);
    }
  } finally {
    leaving.abort();
  }
}

/** The end, however often the connection to Temporal is lost on the way. */
async function endOf(handle: WorkflowHandle, once: Tell, leaving: AbortSignal): Promise<OperationResult> {
  for (;;) {
    try {
      return await resultOf(handle);
    } catch (error) {
      if (leaving.aborted || !(error instanceof ServiceError)) throw error;
      once('the connection to Temporal was lost; the rotation goes on, trying again');
      await sleep(RECONNECT_MS);
    }
  }
}

/** @returns what the rotation says of its end, also when it failed; @throws UserError when it was ended by force */
export async function resultOf(handle: WorkflowHandle): Promise<OperationResult> {
  try {
    return (await handle.result()) as OperationResult;
  } catch (error) {
    if (error instanceof WorkflowFailedError) {
      const { cause } = error;
      const result = cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
      if (result) return result as OperationResult;
      throw new UserError(
        'rotation-ended',
        `the rotation did not come to its own end: ${cause?.message ?? error.message}`,
      );
    }
    throw error;
  }
}

/** Null when nobody answers. */
export async function progressOf(handle: WorkflowHandle): Promise<Progress | null> {
  const timeout = sleep(QUERY_TIMEOUT_MS, null, { ref: false });
  return Promise.race([handle.query(progressQuery).catch(() => null), timeout]);
}

function report(progress: Progress, once: Tell): void {
  for (const step of progress.steps) reportStep(step, once);
  for (const { node, message, since } of progress.blocking) {
    once(`  waiting since ${since} for ${node || 'the fleet'}: ${message}`);
  }
}

function reportStep(step: StepRecord, once: Tell): void {
  const head = `${step.phase.padEnd(10)} ${timeOf(step.startedAt)}  `;
  once(`${head}${step.reason}`);
  for (const problem of step.problems) once(`${head}${problem.code}: ${problem.message}`);
  if (step.endedAt === null) return;
  const failed = new Set(step.problems.map(({ node }) => node)).size;
  const seconds = ((Date.parse(step.endedAt) - Date.parse(step.startedAt)) / 1000).toFixed(1);
  once(`${head}${step.nodes.length - failed} of ${step.nodes.length} done in ${seconds} s`);
}

/** The time of day is enough for who looks on; the history has the rest. */
function timeOf(iso: string): string {
  return iso.slice(11, 19);
}

/** A line for each node that an activity has been at for long; the heartbeats say who that is. */
async function reportSlow(handle: WorkflowHandle, once: Tell): Promise<void> {
  const description = await handle.describe().catch(() => null);
  for (const activity of description?.raw.pendingActivities ?? []) {
    const [payload] = activity.heartbeatDetails?.payloads ?? [];
    if (!payload) continue;
    const progress = defaultPayloadConverter.fromPayload<BatchProgress>(payload);
    for (const { node, since } of progress.running ?? []) {
      if (Date.now() - Date.parse(since) > SLOW_MS) {
        once(`  ${node} is slow: at work since ${since} (${progress.done} of ${progress.total} nodes done)`);
      }
    }
  }
}
