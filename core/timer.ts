/** Whether rotations come as often as they should. Temporal's Schedule is the timer; times in milliseconds since the epoch. */
import { formatDuration } from './duration.js';
import { iso } from './times.js';

export interface Timer {
  readonly isPaused: boolean;
  /** Why it is paused, or was resumed. */
  readonly note: string | null;
  readonly createdAt: number;
  /** The next runs in their order, as many as Temporal tells. */
  readonly nextRuns: readonly number[];
  readonly lastRunAt: number | null;
  /** Starts up to this much later. */
  readonly jitterMs: number;
}

export interface Overdue {
  /** `did-not-fire`: a run's time has passed and nothing was started. `not-rotated`: no rotation has completed for too long. */
  readonly code: 'did-not-fire' | 'not-rotated';
  readonly message: string;
  /** When the rotation should have been. */
  readonly since: number;
}

/** One interval may go by with a rotation that was put back and tries again; after two somebody has to look. */
const MOST_INTERVALS = 2;

/** Temporal fires within seconds, and catches up within minutes when it was away. */
const FIRES_WITHIN_MS = 10 * 60_000;

/**
 * @param lastRotatedAt when a rotation or revocation completed last; null when none is known
 * @returns null as long as all is as it should be, and where there is no timer
 */
export function overdueOf(timer: Timer | null, lastRotatedAt: number | null, now: number): Overdue | null {
  if (timer === null) return null;
  return didNotFire(timer, now) ?? notRotated(timer, lastRotatedAt, now);
}

/** What Temporal calls the next run stays in the past only when it has stopped to work on the timer. */
export function didNotFire({ isPaused, nextRuns, jitterMs }: Timer, now: number): Overdue | null {
  const [next] = nextRuns;
  if (isPaused || next === undefined || next + jitterMs + FIRES_WITHIN_MS > now) return null;
  const message = `the timer did not fire at ${iso(next)}; is Temporal's own scheduler at work?`;
  return { code: 'did-not-fire', message, since: next };
}

function notRotated(timer: Timer, lastRotatedAt: number | null, now: number): Overdue | null {
  const intervals = intervalsOf(timer.nextRuns);
  if (intervals === null) return null;
  const interval = intervals.longestMs;
  const last = Math.max(lastRotatedAt ?? 0, timer.createdAt);
  if (now <= last + MOST_INTERVALS * interval + timer.jitterMs) return null;
  const why = timer.isPaused ? `; the timer is paused${timer.note ? ` (${timer.note})` : ''}` : '';
  const what =
    lastRotatedAt === null ? 'no rotation has completed yet' : `no rotation has completed since ${iso(last)}`;
  return {
    code: 'not-rotated',
    message: `${what}, in more than ${MOST_INTERVALS} intervals of ${formatDuration(interval)}${why}`,
    since: last + interval,
  };
}

/** Null when nothing fires. */
export function nextRunOf(timer: Timer | null): number | null {
  return timer === null || timer.isPaused ? null : (timer.nextRuns[0] ?? null);
}

/** Between runs that follow each other; a calendar has intervals of several lengths. Null when there are too few to say. */
export function intervalsOf(runs: readonly number[]): { shortestMs: number; longestMs: number } | null {
  const gaps = runs.slice(1).map((run, index) => run - runs[index]!);
  return gaps.length === 0 ? null : { shortestMs: Math.min(...gaps), longestMs: Math.max(...gaps) };
}
