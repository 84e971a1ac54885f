/** What a timer says of itself, and what its interval means for keys and tokens. */
import type { ScheduleDescription } from '@temporalio/client';
import { formatDuration } from '../core/duration.js';
import { intervalFigures, mostFiles, type IntervalFigures } from '../core/interval.js';
import type { ScheduledLook } from '../core/scheduled-look.js';
import { intervalsOf, nextRunOf, type Timer } from '../core/timer.js';
import type { Policy } from '../core/policy.js';
import { textTable, type List } from './table.js';
import { localTime, roughly, utc } from '../core/times.js';

export const RUN_COLUMNS = ['#', 'UTC', 'Local'];
const SHOWN_RUNS = 10;

/** A timer as JSON. */
export interface TimerDocument {
  readonly scheduleId: string;
  readonly paused: boolean;
  readonly note: string | null;
  readonly intervals: readonly string[];
  /** Cron expression, or days and time, as they were typed. */
  readonly calendars: readonly string[];
  readonly timezone: string;
  readonly jitter: string | null;
  readonly nextRuns: readonly string[];
  readonly recentRuns: readonly {
    readonly at: string;
    readonly workflowId: string;
    readonly runId: string;
  }[];
  /** Null where the timer fires less than twice a year. */
  readonly figures: IntervalFigures | null;
  readonly warnings: readonly string[];
}

export function timerDocument(
  { scheduleId, spec, state, info }: ScheduleDescription,
  shortestMs: number | null,
  policy: Policy,
): TimerDocument {
  const figures = shortestMs === null ? null : intervalFigures(policy, wholeSeconds(shortestMs));
  return {
    scheduleId,
    paused: state.paused,
    note: state.note || null,
    intervals: (spec.intervals ?? []).map(({ every }) => formatDuration(Number(every))),
    calendars: (spec.calendars ?? []).flatMap(({ comment }) => (comment ? [comment] : [])),
    timezone: spec.timezone || 'UTC',
    jitter: spec.jitter === undefined ? null : formatDuration(Number(spec.jitter)),
    nextRuns: info.nextActionTimes.slice(0, SHOWN_RUNS).map((time) => time.toISOString()),
    recentRuns: info.recentActions.map((action) => ({
      at: action.takenAt.toISOString(),
      workflowId: action.action.workflow.workflowId,
      runId: action.action.workflow.firstExecutionRunId,
    })),
    figures,
    warnings: figures === null ? [] : warningsOf(figures, policy),
  };
}

/** Jitter is finer than anybody reads. */
function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

function warningsOf({ files, intervalMs }: IntervalFigures, policy: Policy): string[] {
  const most = mostFiles(policy);
  if (files <= most) return [];
  const setting =
    policy.maxActiveKeys !== null && most === policy.maxActiveKeys - 1
      ? `max_active_keys (${policy.maxActiveKeys}) in keystone.conf of every node and as tokens.maxActiveKeys to at least ${files + 1}`
      : `rotation.maxFiles (${policy.maxFiles}) to at least ${files}`;
  return [
    `every ${formatDuration(intervalMs)} leaves up to ${files} key files, and a rotation that would leave more than ${most} is refused: rotate less often, or raise ${setting}`,
  ];
}

/** The looks between rotations, as JSON. */
export interface LooksDocument {
  readonly every: string | null;
  readonly nextRun: string | null;
  /** The last one that counts; null before the first. */
  readonly last: ScheduledLook | null;
}

export function looksDocument(looks: Timer, last: ScheduledLook | null): LooksDocument {
  const every = intervalsOf(looks.nextRuns)?.shortestMs;
  const nextRun = nextRunOf(looks);
  return {
    every: every === undefined ? null : formatDuration(every),
    nextRun: nextRun === null ? null : new Date(nextRun).toISOString(),
    last,
  };
}

export function looksText(looks: LooksDocument | null): string {
  if (looks === null) return 'nobody looks at the nodes between rotations; `rotor schedule set` sees to it';
  const { every, nextRun, last } = looks;
  const found = last === null ? 'none yet' : `${last.inSync ? 'in sync' : 'drift'} at ${utc(last.at)}`;
  return [
    `looks at every node ${every === null ? '' : `every ${every}`}`,
    `  last ${found}${nextRun === null ? '' : `, next ${utc(nextRun)}`}`,
    ...(last?.drift ?? []).map(({ message }) => `  ${message}`),
  ].join('\n');
}

/** The zone of the timer, or else of this machine. */
function zoneOf({ timezone }: TimerDocument): string {
  return timezone === 'UTC' ? Intl.DateTimeFormat().resolvedOptions().timeZone : timezone;
}

export function runList(timer: TimerDocument): List {
  const zone = zoneOf(timer);
  return {
    columns: RUN_COLUMNS,
    rows: timer.nextRuns.map((run, index) => [index + 1, run, localTime(run, zone)]),
  };
}

export function timerText(timer: TimerDocument, policy: Policy): string {
  const { scheduleId, paused, note, intervals, calendars, timezone, jitter, nextRuns, figures } = timer;
  const zone = zoneOf(timer);
  const isUtc = zone === 'UTC';
  const runs = nextRuns.map((run, index) => [
    `  ${index + 1}.`,
    utc(run),
    ...(isUtc ? [] : [localTime(run, zone)]),
  ]);
  return [
    `timer ${scheduleId}: ${paused ? `paused${note ? ` (${note})` : ''}` : 'active'}`,
    ...intervals.map((every) => `  every ${every}`),
    ...calendars.map((calendar) => `  ${calendar}, time zone ${timezone}`),
    ...(jitter ? [`  up to ${jitter} later, at random`] : []),
    ...(figures ? ['', ...figureLines(figures, policy)] : []),
    '',
    ...(runs.length > 0
      ? [isUtc ? 'next runs' : `next runs, in UTC and in ${zone}`, textTable(runs)]
      : ['it has no next run']),
  ].join('\n');
}

function figureLines(figures: IntervalFigures, policy: Policy): string[] {
  const { intervalMs, keystonesMaxActiveKeys, files, maxActiveKeys, longestLifetimeMs } = figures;
  const lifetime = formatDuration(policy.expirationMs + policy.allowExpiredWindowMs);
  return [
    `shortest interval ${formatDuration(intervalMs)}, tokens live up to ${lifetime} (expiration + allow_expired_window)`,
    `  by Keystone's formula   max_active_keys = ceil(${lifetime} / ${formatDuration(intervalMs)}) + 2 = ${keystonesMaxActiveKeys}`,
    `  on disk                 up to ${files} key files on each node`,
    `  in keystone.conf        max_active_keys of ${maxActiveKeys} or more, so that a stray fernet_rotate purges nothing that is needed`,
    `  safe token lifetime     up to ${roughly(longestLifetimeMs)} with at most ${mostFiles(policy)} files`,
  ];
}
