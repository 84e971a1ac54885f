/** How a fleet stands, as far as Temporal knows: no node is asked. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import type { Progress } from '../core/rotation.js';
import { readLooks, type Looks } from './looks.js';
import { timerOf, unlessNotFound } from './schedules.js';
import { overdueOf, type Overdue, type Timer } from '../core/timer.js';
import {
  fleetId,
  fleetSummaryQuery,
  progressQuery,
  rotationId,
  scheduleId,
  type FleetSummary,
} from '../workflows/messages.js';

/** A fleet, and how Temporal is asked about it. */
export interface Watched {
  readonly client: Client;
  readonly fleet: string;
}

export interface FleetReading {
  /** Null when the fleet has no history yet, or no worker answers for it. */
  readonly summary: FleetSummary | null;
  readonly timer: Timer | null;
  readonly overdue: Overdue | null;
  /** Between rotations. */
  readonly looks: Looks;
}

/** A worker answers within milliseconds; without one Temporal would wait for longer than anybody who watches. */
const ANSWER_WITHIN_MS = 5_000;

/** @throws ServiceError when Temporal does not answer */
export async function readFleet(client: Client, fleet: string): Promise<FleetReading> {
  const [summary, timer, looks] = await Promise.all([
    readSummary(client, fleet),
    readTimer(client, fleet),
    readLooks(client, fleet),
  ]);
  const lastRotatedAt = summary?.lastRotatedAt ? Date.parse(summary.lastRotatedAt) : null;
  return { summary, timer, overdue: overdueOf(timer, lastRotatedAt, Date.now()), looks };
}

/** Of the operation that runs: null when none does, `unknown` when no worker answers for it. */
export async function readProgress(client: Client, fleet: string): Promise<Progress | 'unknown' | null> {
  const description = await describeOperation({ client, fleet });
  if (!isRunning(description)) return null;
  const handle = client.workflow.getHandle(rotationId(fleet));
  return (await answerWithinReason(client, () => handle.query(progressQuery))) ?? 'unknown';
}

/** The operation that runs now, or ran last; null when there never was one. */
export function describeOperation({ client, fleet }: Watched): Promise<WorkflowExecutionDescription | null> {
  return client.workflow.getHandle(rotationId(fleet)).describe().catch(unlessNotFound);
}

export function isRunning(description: WorkflowExecutionDescription | null): boolean {
  return description?.status.name === 'RUNNING';
}

async function readSummary(client: Client, fleet: string): Promise<FleetSummary | null> {
  const handle = client.workflow.getHandle(fleetId(fleet));
  return answerWithinReason(client, () => handle.query(fleetSummaryQuery));
}

/** The fleet's Schedule; null without one. */
export async function readTimer(client: Client, fleet: string): Promise<Timer | null> {
  const handle = client.schedule.getHandle(scheduleId(fleet));
  const description = await handle.describe().catch(unlessNotFound);
  return description && timerOf(description);
}

export const noWorkerHint = (taskQueue: string): string =>
  `no worker polls ${taskQueue}; start one with \`rotor worker\``;

/** What a worker answers; null when none does within the time that an answer may take. */
export function answerWithinReason<T>(
  client: Pick<Client, 'withDeadline'>,
  ask: () => Promise<T>,
): Promise<T | null> {
  const asked = client.withDeadline(Date.now() + ANSWER_WITHIN_MS, ask).catch(() => null);
  // With Temporal away the SDK asks again for some time after the deadline.
  return Promise.race([asked, sleep(ANSWER_WITHIN_MS, null, { ref: false })]);
}
