/** When a timer fires, from what was typed to what Temporal takes. */
import type { CalendarSpec, ScheduleSpec, ScheduleSpecDescription } from '@temporalio/client';
import { formatDuration } from '../core/duration.js';
import { durationOption, usageError } from './errors.js';

export interface SpecOptions {
  readonly every?: string;
  readonly cron?: string;
  readonly calendar?: string;
  readonly jitter?: string;
  readonly timezone?: string;
}

const MINUTE_MS = 60_000;
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const DAY_NAMES = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const;

/**
 * @returns null when the configuration's own interval is meant
 * @throws UserError (usage)
 */
export function specOf(options: SpecOptions): ScheduleSpec | null {
  const { every, cron, calendar } = options;
  if ([every, cron, calendar].filter((each) => each !== undefined).length > 1) {
    throw usageError('say one of --every, --cron and --calendar');
  }
  if (options.timezone !== undefined) checkTimezone(options.timezone);
  if (every !== undefined) return intervalSpec(durationOption('--every', every), options);
  if (cron !== undefined) return { cronExpressions: [cronOf(cron)], ...commonSpec(options) };
  if (calendar !== undefined) return { calendars: [calendarOf(calendar)], ...commonSpec(options) };
  return null;
}

/** Temporal counts intervals from 1970; the offset makes the first run come one interval from now. */
export function intervalSpec(every: number, options: SpecOptions): ScheduleSpec {
  if (every < MINUTE_MS) throw usageError(`--every: expected at least 1m, got ${formatDuration(every)}`);
  if (options.timezone !== undefined) throw usageError('--timezone goes with --cron or --calendar');
  const wholeSeconds = Math.round(every / 1000) * 1000;
  const offset = Math.floor((Date.now() % wholeSeconds) / 1000) * 1000;
  return { intervals: [{ every: wholeSeconds, offset }], ...commonSpec(options) };
}

/** Who sets the same interval again, as configuration management does every day, must not put off the next run. */
export function keepingPhase(spec: ScheduleSpec, previous: ScheduleSpecDescription): ScheduleSpec {
  const [interval] = spec.intervals ?? [];
  const [before] = previous.intervals ?? [];
  if (!interval || !before || Number(before.every) !== Number(interval.every)) return spec;
  return { ...spec, intervals: [before] };
}

function commonSpec({ jitter, timezone }: SpecOptions): ScheduleSpec {
  return {
    ...(jitter !== undefined && { jitter: durationOption('--jitter', jitter) }),
    ...(timezone !== undefined && { timezone }),
  };
}

/** Temporal keeps what follows a `#` as a comment: it is how the expression is known again later. */
function cronOf(text: string): string {
  const cron = text.trim().replaceAll(/\s+/g, ' ');
  const [minute, , dayOfMonth, , dayOfWeek, ...more] = cron.split(' ');
  if (minute === undefined || dayOfWeek === undefined || more.length > 0 || /[@#=]/.test(cron))
    throw usageError(`--cron: expected five fields such as "30 3 * * mon", got ${JSON.stringify(text)}`);
  if (!dayOfMonth!.startsWith('*') && !dayOfWeek.startsWith('*'))
    throw usageError(
      '--cron: a day of the month and a day of the week together mean "either" to cron and "both" to Temporal; say one of them',
    );
  return `${cron} # ${cron}`;
}

function checkTimezone(timezone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    throw usageError(`--timezone: expected a name such as Europe/Berlin, got ${JSON.stringify(timezone)}`);
  }
}

/** `mon,thu 03:30`, or `daily 03:30`. */
function calendarOf(text: string): CalendarSpec {
  const [, days, hour, minute] = /^(\S+) +([01]\d|2[0-3]):([0-5]\d)$/.exec(text.trim()) ?? [];
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
    comment: text.trim(),
  };
}
