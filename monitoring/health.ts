/** Whether a program of rotor can do its work, part by part; for probes of load balancers, containers and people. */
import type { Client } from '@temporalio/client';
import { didNotFire } from '../core/timer.js';
import { answerWithinReason } from './fleet-reading.js';
import { readLooks } from './looks.js';
import { pollersOf } from './pollers.js';

export interface Check {
  readonly ok: boolean;
  /** What was found, in a few words. */
  readonly message: string;
}

export interface Health {
  readonly ok: boolean;
  readonly fleet: string;
  readonly temporal: Check;
  /** By name: whether anybody polls it. */
  readonly taskQueues: Readonly<Record<string, Check>>;
  /** Drift is no reason not to be ready; looks that no longer happen are. */
  readonly lastSurvey: Check & { readonly at: string | null; readonly inSync: boolean | null };
}

/** What every part is when Temporal says nothing. */
const UNKNOWN: Check = { ok: false, message: 'not known without Temporal' };

/** Answers within some seconds, whatever hangs. */
export async function readHealth(
  client: Client,
  fleet: string,
  taskQueues: readonly string[],
): Promise<Health> {
  const [temporal, queues, lastSurvey] = await Promise.all([
    checkTemporal(client),
    Promise.all(taskQueues.map(async (name) => [name, await checkTaskQueue(client, name)] as const)),
    checkLastSurvey(client, fleet),
  ]);
  const ok = [temporal, lastSurvey, ...queues.map(([, check]) => check)].every((check) => check.ok);
  return { ok, fleet, temporal, taskQueues: Object.fromEntries(queues), lastSurvey };
}

async function checkTemporal(client: Client): Promise<Check> {
  const { namespace } = client.options;
  const asked = () => client.workflowService.describeNamespace({ namespace });
  const answer = await answerWithinReason(client, asked);
  if (answer) return { ok: true, message: `namespace ${namespace} answers` };
  return { ok: false, message: `namespace ${namespace} does not answer` };
}

async function checkTaskQueue(client: Client, name: string): Promise<Check> {
  const pollers = await answerWithinReason(client, () => pollersOf(client, name, 'activities'));
  if (!pollers) return UNKNOWN;
  const count = pollers.length;
  return { ok: count > 0, message: count > 0 ? `${count} workers poll it` : 'nobody polls it' };
}

async function checkLastSurvey(client: Client, fleet: string): Promise<Health['lastSurvey']> {
  const looks = await answerWithinReason(client, () => readLooks(client, fleet));
  if (!looks) return { ...UNKNOWN, at: null, inSync: null };
  const { timer, last } = looks;
  const found = { at: last?.at ?? null, inSync: last?.inSync ?? null };
  if (timer === null)
    return { ok: true, message: 'no looks are scheduled; `rotor schedule set` sees to it', ...found };
  const late = didNotFire(timer, Date.now());
  if (late) return { ok: false, message: late.message, ...found };
  return { ok: true, message: last === null ? 'none yet' : last.inSync ? 'in sync' : 'drift', ...found };
}
