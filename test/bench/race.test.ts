import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runRace, type RaceResult } from '../../bench/race/race.js';

const directory = mkdtempSync(join(tmpdir(), 'rotor-race-'));
let result: RaceResult;

beforeAll(async () => {
  result = await runRace({
    directory,
    rotations: 2,
    reads: 1,
    readers: 2,
    pauseMs: 500,
    only: ['rotor', 'kolla-ansible rsync'],
    signal: new AbortController().signal,
    say: () => {},
  });
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('a short race of rotor and kolla-ansible', () => {
  test('Keystone misses no key and fails on no read while the production writer rotates', () => {
    const [ours] = result.methods;
    expect(ours).toMatchObject({ name: 'rotor', rotations: 2, unrecognized: 0, errors: 0, pauseMs: 500 });
    expect(ours!.reads).toBeGreaterThan(0);
  });

  test('has a result for each method, in the shape that is documented', () => {
    const number = expect.any(Number) as number;
    const counts = { rotations: number, reads: number, unrecognized: number, errors: number };
    expect(JSON.parse(JSON.stringify(result))).toEqual({
      reads: result.methods.reduce((sum, { reads }) => sum + reads, 0),
      methods: [
        { name: 'rotor', ...counts, pauseMs: 500 },
        { name: 'kolla-ansible rsync', ...counts },
      ],
    });
  });
});
