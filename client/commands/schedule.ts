import {
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleDescription,
  type ScheduleHandle,
  type ScheduleSpec,
} from '@temporalio/client';
import { formatDuration, parseDuration } from '../../core/duration.js';
import { WORKFLOW, scheduleId, triggerId } from '../../workflows/messages.js';
import { EXIT, UserError, usageError } from '../errors.js';
import { confirm, show, type GlobalOptions, type Io } from '../output.js';
import { withSession, type Session } from '../session.js';

export interface SetOptions extends GlobalOptions {
  readonly every?: string;
  readonly cron?: string;
  readonly calendar?: string;
  readonly jitter?: string;
  readonly timezone?: string;
}

const MINUTE_MS = 60_000;
/** A rotation that was missed while Temporal was away is caught up once within this time; overlapping ones are skipped. */
const CATCH_UP_MS = 24 * 60 * MINUTE_MS;

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const DAY_NAMES = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const;

/** Creates the timer, or changes it in place. */
export function set(io: Io, options: SetOptions): Promise<number> {
  const chosen = specOf(options);
  return withSession(options, async (session) => {
    const every = session.configuration.rotation.every;
    const spec = chosen ?? intervalSpec(every, options);
    const { action, policies } = actionOf(session);
    const handle = session.client.schedule.getHandle(scheduleId(session.fleet));
    if (await exists(handle)) {
      await handle.update((previous) => ({ ...previous, spec, action, policies }));
    } else {
      await session.client.schedule.create({ scheduleId: scheduleId(session.fleet), spec, action, policies });
    }
    return print(io, options, await handle.describe());
  });
}

export function showSchedule(io: Io, options: GlobalOptions): Promise<number> {
  return withHandle(options, async (handle) => print(io, options, await handle.describe()));
}

export function pause(io: Io, options: GlobalOptions & { readonly note: string }): Promise<number> {
  return withHandle(options, async (handle) => {
    await handle.pause(options.note);
    return print(io, options, await handle.describe());
  });
}

export function resume(io: Io, options: GlobalOptions): Promise<number> {
  return withHandle(options, async (handle) => {
    await handle.unpause('resumed by hand');
    return print(io, options, await handle.describe());
  });
}

export function trigger(io: Io, options: GlobalOptions): Promise<number> {
  return withHandle(options, async (handle) => {
    // Only a run that the timer watches can pause it; the SDK's own default is a run beside it.
    await handle.trigger(ScheduleOverlapPolicy.SKIP);
    show(io, options, { triggered: true }, () => 'triggered; `rotor status` shows how far it is');
    return EXIT.done;
  });
}

export async function remove(io: Io, options: GlobalOptions): Promise<number> {
  return withHandle(options, async (handle) => {
    if (!(await confirm(io, options, 'Remove the timer? Keys will no longer rotate by themselves.')))
      return EXIT.done;
    await handle.delete();
    show(io, options, { removed: true }, () => 'removed');
    return EXIT.done;
  });
}

function withHandle(
  options: GlobalOptions,
  use: (handle: ScheduleHandle) => Promise<number>,
): Promise<number> {
  return withSession(options, async ({ client, fleet }) => {
    try {
      return await use(client.schedule.getHandle(scheduleId(fleet)));
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
      throw new UserError('no-schedule', `the fleet ${fleet} has no timer; \`rotor schedule set\` makes one`);
    }
  });
}

async function exists(handle: ScheduleHandle): Promise<boolean> {
  try {
    await handle.describe();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
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

/** @returns null when the configuration's own interval is meant; @throws UserError (usage) */
function specOf(options: SetOptions): ScheduleSpec | null {
  const { every, cron, calendar } = options;
  if ([every, cron, calendar].filter((each) => each !== undefined).length > 1) {
    throw usageError('say one of --every, --cron and --calendar');
  }
  if (options.timezone !== undefined) checkTimezone(options.timezone);
  if (every !== undefined) return intervalSpec(durationOption('--every', every), options);
  if (cron !== undefined) return { cronExpressions: [checkedCron(cron)], ...commonSpec(options) };
  if (calendar !== undefined) return { calendars: [calendarOf(calendar)], ...commonSpec(options) };
  return null;
}

/** Temporal counts intervals from 1970; the offset makes the first run come one interval from now. */
function intervalSpec(every: number, options: SetOptions): ScheduleSpec {
  if (every < MINUTE_MS) throw usageError(`--every: expected at least 1m, got ${formatDuration(every)}`);
  if (options.timezone !== undefined) throw usageError('--timezone goes with --cron or --calendar');
  const wholeSeconds = Math.round(every / 1000) * 1000;
  const offset = Math.floor((Date.now() % wholeSeconds) / 1000) * 1000;
  return { intervals: [{ every: wholeSeconds, offset }], ...commonSpec(options) };
}

function commonSpec({ jitter, timezone }: SetOptions): ScheduleSpec {
  return {
    ...(jitter !== undefined && { jitter: durationOption('--jitter', jitter) }),
    ...(timezone !== undefined && { timezone }),
  };
}

function durationOption(option: string, text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw usageError(`${option}: ${(error as Error).message}`);
  }
}

function checkedCron(cron: string): string {
  if (/^(\S+\s+){4}\S+$/.test(cron.trim())) return cron.trim();
  throw usageError(`--cron: expected five fields such as "30 3 * * mon", got ${JSON.stringify(cron)}`);
}

function checkTimezone(timezone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    throw usageError(`--timezone: expected a name such as Europe/Berlin, got ${JSON.stringify(timezone)}`);
  }
}

/** `mon,thu 03:30`, or `daily 03:30`. */
function calendarOf(text: string) {
  const [, days, hour, minute] = /^(\S+) ([01]\d|2[0-3]):([0-5]\d)$/.exec(text.trim()) ?? [];
  const indexes =
    days === 'daily' ? [] : (days ?? '').split(',').map((day) => DAYS.indexOf(day as (typeof DAYS)[number]));
  if (days === undefined || indexes.includes(-1)) {
    throw usageError(
      `--calendar: expected such as "mon,thu 03:30" or "daily 03:30", got ${JSON.stringify(text)}`,
    );
  }
  return {
    hour: Number(hour),
    minute: Number(minute),
    ...(indexes.length > 0 && { dayOfWeek: indexes.map((index) => DAY_NAMES[index]!) }),
  };
}

function print(io: Io, options: GlobalOptions, description: ScheduleDescription): number {
  const { spec, state, info } = description;
  const nextRuns = info.nextActionTimes.slice(0, 10).map((time) => time.toISOString());
  const document = {
    scheduleId: description.scheduleId,
    paused: state.paused,
    note: state.note || null,
    intervals: (spec.intervals ?? []).map(({ every }) => formatDuration(Number(every))),
    timezone: spec.timezone || 'UTC',
    jitter: spec.jitter === undefined ? null : formatDuration(Number(spec.jitter)),
    nextRuns,
    recentRuns: info.recentActions.map((action) => ({
      at: action.takenAt.toISOString(),
      workflowId: action.action.workflow.workflowId,
      runId: action.action.workflow.firstExecutionRunId,
    })),
  };
  show(io, options, document, () =>
    [
      `timer ${document.scheduleId}: ${document.paused ? `paused${document.note ? ` (${document.note})` : ''}` : 'active'}`,
      ...document.intervals.map((every) => `  every ${every}`),
      ...(document.jitter ? [`  jitter ${document.jitter}`] : []),
      '  next runs:',
      ...nextRuns.map((time) => `    ${time}  (${new Date(time).toLocaleString()})`),
    ].join('\n'),
  );
  return EXIT.done;
}
