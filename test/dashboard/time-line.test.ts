import { expect, test } from 'vitest';
import { segmentsOf } from '../../dashboard/phases.js';
import { barsOf, wordsOf } from '../../dashboard/page/bars.js';
import { livesOf } from '../../dashboard/page/key-lives.js';
import type { KeyLife } from '../../dashboard/schemas.js';

const at = (seconds: number) => new Date(seconds * 1_000).toISOString();

test('steps of one phase are one bar, and a wait of an hour is folded into a gap that says how long it was', () => {
  const step = (phase: 'distribute' | 'promote', from: number, to: number) => ({
    ...{ phase, reason: '', nodes: ['ctl1'], problems: [] },
    ...{ startedAt: at(from), endedAt: at(to) },
  });
  const steps = [step('distribute', 0, 4), step('distribute', 4, 6), step('promote', 3_606, 3_609)];
  const attempts = [{ at: at(10), phase: 'survey' as const, node: 'ctl1', code: 'unreachable', message: '' }];
  const segments = segmentsOf({ steps, attempts });
  expect(segments.map(({ phase, problems }) => [phase, problems])).toEqual([
    ['distribute', 0],
    ['survey', 1],
    ['promote', 0],
  ]);
  const bars = barsOf(segments, 0);
  expect(wordsOf(bars)).toBe(
    'distribute 6.0s, idle 4.0s, survey 0.0s with 1 problem, idle 59m56s, promote 3.0s',
  );
  expect(bars.reduce((sum, { width }) => sum + width, 0)).toBeCloseTo(1);
  expect(bars.find(({ ms }) => ms > 3_000_000)!.width).toBeLessThan(bars[0]!.width);
});

test("a key's life goes through its states without a gap, and ahead as the timer will have it", () => {
  const life: KeyLife = {
    ...{ fingerprint: 'a', role: 'primary', firstSeenAt: at(0), madeAt: at(0), stagedAt: at(10) },
    ...{ promotedAt: at(20), demotedAt: null, prunedAt: null, neededUntil: null },
  };
  const stretches = livesOf(life, [at(50), at(80)].map(Date.parse), 30_000);
  expect(stretches.map(({ state, from, to }) => [state, from / 1_000, to / 1_000])).toEqual([
    ['introduced', 0, 10],
    ['staged', 10, 20],
    ['primary', 20, 30],
    ['primary', 30, 50],
    ['secondary', 50, 80],
  ]);
});
