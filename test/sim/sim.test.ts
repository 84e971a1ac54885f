import { describe, expect, test } from 'vitest';
import { runEpisode, type EpisodeResult } from '../../sim/episode.js';
import { FAULTS } from '../../sim/faults.js';
import { SABOTAGES, type Sabotage } from '../../sim/settings.js';
import { episodeOptions, simulate } from '../../sim/simulate.js';

const episode = (seed: number, nodes: number): Promise<EpisodeResult> =>
  runEpisode(episodeOptions(seed, { nodes, faults: undefined }));

describe('production code over virtual nodes, under faults drawn from the seed', () => {
  let steps = 0;

  test.each([
    { nodes: 3, seeds: 20 },
    { nodes: 5, seeds: 10 },
    { nodes: 40, seeds: 4 },
    { nodes: 1_000, seeds: 1 },
  ])('$nodes nodes: no rule is broken, and all come to rest', async ({ nodes, seeds }) => {
    for (let seed = 1; seed <= seeds; seed++) {
      const result = await episode(seed, nodes);
      expect(result.violations, `npm run sim -- --seed ${seed} --nodes ${nodes} --steps 1`).toEqual([]);
      steps += result.steps;
    }
  });

  test('in a million steps and more', () => {
    expect(steps).toBeGreaterThanOrEqual(1_000_000);
  });

  test('with every fault at once', async () => {
    const result = await runEpisode({ seed: 1, nodes: 5, faults: FAULTS, steps: 30_000 });
    expect(result.violations).toEqual([]);
  });

  test('the same seed does the same, another one something else', async () => {
    const [first, again, other] = [await episode(7, 5), await episode(7, 5), await episode(8, 5)];
    expect(again).toEqual(first);
    expect(other.hash).not.toBe(first.hash);
  });
});

describe('the checks see planted mistakes', () => {
  /** The first seed whose run finds the mistake. */
  async function find(sabotage: Sabotage, mostSeeds: number): Promise<EpisodeResult | null> {
    for (let seed = 1; seed <= mostSeeds; seed++) {
      const faults = FAULTS.filter((fault) => !['strangers', 'restore', 'ledger', 'revoke'].includes(fault));
      const result = await runEpisode({ seed, nodes: 3, faults, steps: 40_000, sabotage });
      if (result.violations.length > 0) return result;
    }
    return null;
  }

  test.each(SABOTAGES)('%s', async (sabotage) => {
    expect((await find(sabotage, 40))?.violations).not.toEqual(undefined);
  });

  test('and a failure says how to see it again', async () => {
    const lines: string[] = [];
    const options = { seed: 1, nodes: 3, faults: [], steps: 1_000_000, isVerbose: false };
    const { violations, seed } = await simulate({ ...options, sabotage: 'short-lives' }, (line) =>
      lines.push(line),
    );
    expect(violations).toBeGreaterThan(0);
    expect(lines.at(-1)).toBe(`again: npm run sim -- --seed ${seed} --nodes 3 --faults none --steps 1`);
  });
});
