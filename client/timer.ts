/** A fleet's timer in Temporal: a Schedule that starts the workflow `trigger`. */
import { randomUUID } from 'node:crypto';
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleHandle,
  type ScheduleSpec,
} from '@temporalio/client';
import { estimatedRotationMs } from '../core/interval.js';
import { intervalsOf } from '../core/timer.js';
import { readTimer } from '../monitoring/fleet-reading.js';
import { WORKFLOW, lookScheduleId, scheduleId, scheduledLookId, triggerId } from '../workflows/messages.js';
import { usageError } from './errors.js';
import { pastOperations } from '../monitoring/past-operations.js';
import { keepingPhase } from './schedule-spec.js';
import type { Session } from './session.js';

const DAY_MS = 24 * 60 * 60_000;
/** A rotation that was missed while Temporal was away is caught up once within this time; overlapping ones are skipped. */
const CATCH_UP_MS = DAY_MS;
const LOOK_CATCH_UP_MS = 60_000;
/** Long enough for both changes of a time zone's clocks, and for days that come once a year. */
const LISTED_MS = 400 * DAY_MS;
/** Past operations that say how long a rotation takes. */
const RECENT_OPERATIONS = 20;

/** Makes the timer, or changes it in place: whether it is paused, and what it has done, stays. */
export async function setTimer(session: Session, spec: ScheduleSpec): Promise<ScheduleHandle> {
  const handle = session.client.schedule.getHandle(scheduleId(session.fleet));
  const { action, policies } = actionOf(session);
  if ((await readTimer(session.client, session.fleet)) !== null)
    await handle.update((previous) => ({
      ...previous,
      spec: keepingPhase(spec, previous.spec),
      action,
      policies,
    }));
  else
    await session.client.schedule.create({ scheduleId: scheduleId(session.fleet), spec, action, policies });
  return handle;
}

/** A second rotation is skipped while one runs; only one that failed, where a person has to act, pauses the timer. */
function actionOf({ fleet, taskQueue }: Session) {
  return {
    action: {
      type: 'startWorkflow' as const,
      workflowType: WORKFLOW.trigger,
      workflowId: triggerId(fleet),
      taskQueue,
      args: [{ fleet }],
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCH_UP_MS, pauseOnFailure: true },
  };
}

/** Makes the Schedule of looks between rotations, or changes it in place. */
export async function setLooks({ client, fleet, taskQueue, configuration }: Session): Promise<void> {
  const scheduleId = lookScheduleId(fleet);
  const settings = {
    spec: { intervals: [{ every: configuration.verify.every }] },
    action: {
      type: 'startWorkflow' as const,
      workflowType: WORKFLOW.scheduledVerification,
      workflowId: scheduledLookId(fleet),
      taskQueue,
      args: [{ fleet }],
    },
    // A look that was missed tells nothing any more.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: LOOK_CATCH_UP_MS },
  };
  await client.schedule.create({ scheduleId, ...settings }).catch(async (error: unknown) => {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(scheduleId).update((previous) => ({ ...previous, ...settings }));
  });
}

export async function removeLooks({ client, fleet }: Session): Promise<void> {
  await client.schedule
    .getHandle(lookScheduleId(fleet))
    .delete()
    .catch((error: unknown) => {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    });
}

/**
 * The shortest time between two runs, by Temporal's own listing of a draft that never fires and is removed again.
 *
 * @returns milliseconds; null when there are not two runs within a year
 * @throws UserError (usage) for a time that Temporal refuses
 */
export async function shortestOfDraft(
  session: Session,
  { jitter, ...spec }: ScheduleSpec,
): Promise<number | null> {
  const [interval] = spec.intervals ?? [];
  const jitterMs = Number(jitter ?? 0);
  if (interval) return Number(interval.every) - jitterMs;
  const id = `draft/${session.fleet}/${randomUUID()}`;
  const draft = await session.client.schedule
    .create({ scheduleId: id, spec, action: actionOf(session).action, state: { paused: true } })
    .catch((error: unknown) => {
      // So the SDK says that the server found an argument to be wrong.
      if (error instanceof TypeError) throw usageError(`Temporal takes no such time: ${error.message}`);
      throw error;
    });
  try {
    const shortest = await shortestInterval(session, id);
    return shortest === null ? null : shortest - jitterMs;
  } finally {
    await draft.delete();
  }
}

/** The same of a timer that is there, with its jitter. */
export async function shortestInterval(session: Session, id: string): Promise<number | null> {
  const now = Date.now();
  const times = await runsBetween(session, id, now, now + LISTED_MS);
  return intervalsOf(times)?.shortestMs ?? null;
}

/** When a Schedule fires, in milliseconds since the epoch; at most a thousand times. */
export async function runsBetween(
  { client }: Pick<Session, 'client'>,
  id: string,
  from: number,
  to: number,
): Promise<number[]> {
  const { startTime } = await client.workflowService.listScheduleMatchingTimes({
    namespace: client.options.namespace,
    scheduleId: id,
    startTime: timestampOf(from),
    endTime: timestampOf(to),
  });
  return (startTime ?? []).map(({ seconds, nanos }) => Number(seconds) * 1000 + (nanos ?? 0) / 1e6);
}

function timestampOf(ms: number) {
  return { seconds: Math.floor(ms / 1000) as unknown as Long, nanos: 0 };
}

/** Whatever is longer: the longest of the last rotations that completed, or what an idle fleet needs. */
export async function rotationTakesMs(session: Session): Promise<number> {
  const recent = await pastOperations(session, RECENT_OPERATIONS);
  const took = recent
    .filter(({ type, outcome }) => type === WORKFLOW.rotation && outcome === 'completed')
    .map(({ seconds }) => (seconds ?? 0) * 1000);
  return Math.max(estimatedRotationMs(session.configuration.rotation.pause), ...took);
}
