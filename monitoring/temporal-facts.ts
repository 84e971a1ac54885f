/** What Temporal itself says of a fleet's timer and of how long it remembers. */
import type { DoctorFinding } from '../core/doctor/finding.js';
import { formatDuration } from '../core/duration.js';
import { intervalsOf } from '../core/timer.js';
import { readTimer, type Watched } from './fleet-reading.js';
import { fleetId, fleetStateQuery } from '../workflows/messages.js';

export interface ScheduleFacts {
  readonly isPaused: boolean;
  readonly note: string;
  /** Between two of its next runs; null when it has fewer than two. */
  readonly shortestGapMs: number | null;
  readonly longestGapMs: number | null;
}

export interface TemporalFacts {
  /** Null without a timer. */
  readonly schedule: ScheduleFacts | null;
  /** How long a run that ended is kept; null when the server does not say. */
  readonly retentionMs: number | null;
  /** How long the last rotation took; null before the first. */
  readonly lastRotationMs: number | null;
}

/** A rotation older than twice the interval is one that was missed. */
const TOO_RARE = 2;
/** Fewer intervals than these, and `history` has nothing to compare with. */
const REMEMBERED_INTERVALS = 3;

export async function temporalFacts(session: Watched): Promise<TemporalFacts> {
  const [schedule, retentionMs, lastRotationMs] = await Promise.all([
    scheduleFacts(session),
    retentionOf(session),
    lastRotationOf(session),
  ]);
  return { schedule, retentionMs, lastRotationMs };
}

async function scheduleFacts({ client, fleet }: Watched): Promise<ScheduleFacts | null> {
  const timer = await readTimer(client, fleet);
  if (timer === null) return null;
  const intervals = intervalsOf(timer.nextRuns);
  return {
    isPaused: timer.isPaused,
    note: timer.note ?? '',
    shortestGapMs: intervals?.shortestMs ?? null,
    longestGapMs: intervals?.longestMs ?? null,
  };
}

async function retentionOf({ client }: Watched): Promise<number | null> {
  const { namespace } = client.options;
  const { config } = await client.workflowService.describeNamespace({ namespace });
  const seconds = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
  return seconds > 0 ? seconds * 1000 : null;
}

async function lastRotationOf({ client, fleet }: Watched): Promise<number | null> {
  try {
    const { lastRotation } = await client.workflow.getHandle(fleetId(fleet)).query(fleetStateQuery);
    return lastRotation ? Date.parse(lastRotation.endedAt) - Date.parse(lastRotation.startedAt) : null;
  } catch {
    return null; // there was none yet, or no worker answers for it, which is a finding of its own
  }
}

/** @param everyMs rotation.every of the configuration */
export function temporalFindings(
  { schedule, retentionMs, lastRotationMs }: TemporalFacts,
  everyMs: number,
): DoctorFinding[] {
  return [
    ...scheduleFindings(schedule, everyMs, lastRotationMs),
    ...retentionFindings(retentionMs, schedule?.longestGapMs ?? everyMs),
  ];
}

function scheduleFindings(
  schedule: ScheduleFacts | null,
  everyMs: number,
  lastRotationMs: number | null,
): DoctorFinding[] {
  if (schedule === null)
    return [
      {
        code: 'no-schedule',
        severity: 'warning',
        message: 'the fleet has no timer, so nothing rotates by itself',
        remedy: '`rotor schedule set` makes one',
      },
    ];
  const { isPaused, note, shortestGapMs, longestGapMs } = schedule;
  const findings: DoctorFinding[] = [];
  if (isPaused)
    findings.push({
      code: 'schedule-paused',
      severity: 'error',
      message: `the timer is paused${note ? ` (${note})` : ''}, so nothing rotates by itself`,
      remedy: 'mend what paused it, then `rotor schedule resume`',
    });
  if (longestGapMs !== null && longestGapMs > TOO_RARE * everyMs)
    findings.push({
      code: 'schedule-too-rare',
      severity: 'warning',
      message: `the timer leaves ${formatDuration(longestGapMs)} between two rotations, and rotation.every is ${formatDuration(everyMs)}`,
      remedy: '`rotor schedule set` again, or correct rotation.every',
    });
  if (shortestGapMs !== null && lastRotationMs !== null && shortestGapMs <= lastRotationMs)
    findings.push({
      code: 'schedule-too-frequent',
      severity: 'error',
      message: `the timer leaves ${formatDuration(shortestGapMs)} between two rotations, and the last one took ${formatDuration(lastRotationMs)}`,
      remedy: '`rotor schedule set` with a longer interval',
    });
  return findings;
}

function retentionFindings(retentionMs: number | null, intervalMs: number): DoctorFinding[] {
  if (retentionMs === null || retentionMs >= REMEMBERED_INTERVALS * intervalMs) return [];
  return [
    {
      code: 'retention-short',
      severity: 'warning',
      message: `Temporal keeps what ended for ${formatDuration(retentionMs)}, which is less than ${REMEMBERED_INTERVALS} rotations (one every ${formatDuration(intervalMs)})`,
      remedy: `temporal operator namespace update --retention ${Math.ceil((REMEMBERED_INTERVALS * intervalMs) / 3_600_000)}h -n NAMESPACE`,
    },
  ];
}
