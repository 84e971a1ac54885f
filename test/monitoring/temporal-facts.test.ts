import { expect, test } from 'vitest';
import { temporalFindings, type TemporalFacts } from '../../monitoring/temporal-facts.js';

const HOUR = 3_600_000;
const WELL: TemporalFacts = {
  schedule: { isPaused: false, note: '', shortestGapMs: 24 * HOUR, longestGapMs: 24 * HOUR },
  retentionMs: 720 * HOUR,
  lastRotationMs: HOUR,
};
const timer = (change: Partial<NonNullable<TemporalFacts['schedule']>>): Partial<TemporalFacts> => ({
  schedule: { ...WELL.schedule!, ...change },
});

test.each<[string, Partial<TemporalFacts>, string[]]>([
  ['all is well', {}, []],
  ['there is no timer', { schedule: null }, ['no-schedule']],
  ['the timer is paused', timer({ isPaused: true, note: 'upgrade' }), ['schedule-paused']],
  [
    'it leaves much more time than the configuration says',
    timer({ longestGapMs: 49 * HOUR }),
    ['schedule-too-rare'],
  ],
  [
    'it leaves as much time as the last rotation took',
    { lastRotationMs: 24 * HOUR },
    ['schedule-too-frequent'],
  ],
  ['no rotation has told how long one takes', { lastRotationMs: null }, []],
  ['Temporal forgets before three rotations have passed', { retentionMs: 71 * HOUR }, ['retention-short']],
])('%s', (_case, change, codes) => {
  const findings = temporalFindings({ ...WELL, ...change }, 24 * HOUR);
  expect(findings.map(({ code }) => code)).toEqual(codes);
  for (const { remedy } of findings) expect(remedy).toMatch(/`rotor schedule |temporal operator/);
});
