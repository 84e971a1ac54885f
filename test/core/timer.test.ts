import { expect, test } from 'vitest';
import { overdueOf, type Timer } from '../../core/timer.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const CREATED = Date.parse('2026-01-01T00:00:00Z');

/** Every day from the first one on, as Temporal tells at this time. */
function daily(now: number, options: Partial<Timer> = {}): Timer {
  const next = CREATED + (Math.floor((now - CREATED) / DAY) + 1) * DAY;
  return {
    isPaused: false,
    note: null,
    createdAt: CREATED,
    nextRuns: Array.from({ length: 10 }, (_, day) => next + day * DAY),
    lastRunAt: null,
    jitterMs: 0,
    ...options,
  };
}

test('a fleet without a timer is never overdue', () => {
  expect(overdueOf(null, null, CREATED)).toBeNull();
});

test('nothing is overdue while rotations complete as they should, nor when one of them failed to', () => {
  const now = CREATED + 10 * DAY + HOUR;
  expect(overdueOf(daily(now), now - HOUR, now)).toBeNull();
  expect(overdueOf(daily(now), now - HOUR - DAY, now)).toBeNull();
});

test('after two intervals without a rotation that completed it is overdue, since the end of the first one', () => {
  const now = CREATED + 10 * DAY;
  const last = now - 2 * DAY - HOUR;
  expect(overdueOf(daily(now), last, now)).toMatchObject({ code: 'not-rotated', since: last + DAY });
});

test('a fleet that was never rotated counts from the day when the timer was made', () => {
  expect(overdueOf(daily(CREATED + 2 * DAY), null, CREATED + 2 * DAY)).toBeNull();
  const late = overdueOf(daily(CREATED + 3 * DAY), null, CREATED + 3 * DAY);
  expect(late?.message).toContain('no rotation has completed yet');
});

test('a timer that is paused is overdue as well, and says why it is paused', () => {
  const now = CREATED + 10 * DAY;
  const late = overdueOf(daily(now, { isPaused: true, note: 'upgrade' }), now - 5 * DAY, now);
  expect(late?.message).toContain('the timer is paused (upgrade)');
});

test('a run whose time has passed and that Temporal still calls the next one was not fired', () => {
  const now = CREATED + 10 * DAY;
  const stuck = daily(now - DAY, { nextRuns: [now - HOUR, now + DAY - HOUR] });
  expect(overdueOf(stuck, now - DAY, now)).toMatchObject({ code: 'did-not-fire', since: now - HOUR });
  expect(overdueOf({ ...stuck, jitterMs: 2 * HOUR }, now - DAY, now)).toBeNull();
  expect(overdueOf({ ...stuck, isPaused: true }, now - DAY, now)).toBeNull();
});

test('of the intervals of a calendar the longest one counts', () => {
  const now = CREATED + 20 * DAY;
  const [monday, thursday] = [now + DAY, now + 4 * DAY];
  const twiceAWeek = daily(now, { nextRuns: [monday, thursday, monday + 7 * DAY] });
  expect(overdueOf(twiceAWeek, now - 7 * DAY, now)).toBeNull();
  expect(overdueOf(twiceAWeek, now - 9 * DAY, now)?.code).toBe('not-rotated');
});
