import { describe, expect, test } from 'vitest';
import { intervalFigures, mostFiles } from '../../core/interval.js';
import type { Policy } from '../../core/policy.js';
import { indexesOf } from '../../core/repository.js';
import { VirtualFleet } from './virtual-fleet.js';

const HOUR_MS = 3_600_000;
const KOLLA: Policy = {
  expirationMs: 24 * HOUR_MS,
  allowExpiredWindowMs: 48 * HOUR_MS,
  marginMs: 300_000,
  maxFiles: 5_000,
  maxActiveKeys: null,
};

describe('what an interval means', () => {
  test.each([
    // kolla's defaults: the interval is the sum of both lifetimes, and the answer the least that there is.
    [72, 3, 5],
    [73, 3, 4],
    [24.5, 5, 6],
    [25, 5, 6],
    [61 / 60, 73, 74],
    [240, 3, 4],
  ])('every %d hours: %d keys by the formula, %d files', (hours, formula, files) => {
    const figures = intervalFigures(KOLLA, hours * HOUR_MS);
    expect(figures).toMatchObject({ keystonesMaxActiveKeys: formula, files, maxActiveKeys: files + 1 });
  });

  test('the longest lifetime that is safe is the longest with which the limit of files is kept', () => {
    for (const [limits, most] of [
      [{ maxFiles: 10, maxActiveKeys: null }, 10],
      [{ maxFiles: 10, maxActiveKeys: 8 }, 7],
    ] as const) {
      const policy = { ...KOLLA, ...limits };
      expect(mostFiles(policy)).toBe(most);
      const { longestLifetimeMs } = intervalFigures(policy, 25 * HOUR_MS);
      const filesWith = (lifetimeMs: number) =>
        intervalFigures({ ...policy, expirationMs: lifetimeMs, allowExpiredWindowMs: 0 }, 25 * HOUR_MS).files;
      expect(filesWith(longestLifetimeMs)).toBe(most);
      expect(filesWith(longestLifetimeMs + 1)).toBe(most + 1);
    }
  });

  test.each([24.5, 25, 37, 73, 240])('rotations every %d hours leave as many files as were said', (hours) => {
    const fleet = new VirtualFleet({ a: { 0: 'S', 1: 'P' } }, { policy: KOLLA });
    const files = Array.from({ length: 12 }, () => {
      fleet.now += hours * HOUR_MS;
      fleet.rotate();
      return indexesOf(fleet.repository('a')).length;
    });
    expect(Math.max(...files)).toBe(intervalFigures(KOLLA, hours * HOUR_MS).files);
  });
});
