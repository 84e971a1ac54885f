import { describe, expect, test } from 'vitest';
import {
  EMPTY_LEDGER,
  expiredKeys,
  neededUntil,
  observe,
  recordMade,
  type Ledger,
} from '../../core/ledger.js';
import type { Policy } from '../../core/policy.js';
import type { Repository } from '../../core/repository.js';
import type { NodeView, Survey } from '../../core/survey.js';

const POLICY: Policy = {
  expirationMs: 1000,
  allowExpiredWindowMs: 2000,
  marginMs: 100,
  maxFiles: 50,
  maxActiveKeys: null,
};
const LIFE = 3100;

function survey(at: number, ...repositories: (Repository | null)[]): Survey {
  const nodes = repositories.map((repository, index): NodeView => ({
    name: `n${index}`,
    site: 's',
    reachable: repository !== null,
    repository: repository ?? {},
    damage: [],
    problems: [],
    canBeProbed: false,
    accepted: [],
  }));
  return { startedAt: at, at, nodes };
}

const learn = (ledger: Ledger, ...surveys: Survey[]) =>
  surveys.reduce((l, s) => observe(l, s, POLICY), ledger);

describe('how long a key is needed', () => {
  test('a key whose past is unknown counts as primary until it was first seen not to be', () => {
    const ledger = learn(EMPTY_LEDGER, survey(100, { 0: 'S', 1: 'X', 2: 'P' }));
    expect(neededUntil(ledger, 'X', POLICY.marginMs)).toBe(100 + LIFE);
  });

  test('a primary and a staged key are needed as long as they stand', () => {
    const ledger = learn(EMPTY_LEDGER, survey(100, { 0: 'S', 1: 'P' }));
    expect(neededUntil(ledger, 'P', POLICY.marginMs)).toBe(Infinity);
    expect(neededUntil(ledger, 'S', POLICY.marginMs)).toBe(Infinity);
  });

  test('a demoted primary is needed from the look that found it nowhere primary', () => {
    const ledger = learn(
      EMPTY_LEDGER,
      survey(100, { 0: 'S', 1: 'P' }),
      survey(500, { 0: 'I', 1: 'P', 2: 'S' }),
    );
    expect(neededUntil(ledger, 'P', POLICY.marginMs)).toBe(500 + LIFE);
  });

  test('one node that still has it as primary keeps it, and so does one that could not be read', () => {
    const first = learn(EMPTY_LEDGER, survey(100, { 0: 'S', 1: 'P' }, { 0: 'S', 1: 'P' }));
    const half = survey(200, { 0: 'I', 1: 'P', 2: 'S' }, { 0: 'S', 1: 'P' });
    const blind = survey(300, { 0: 'I', 1: 'P', 2: 'S' }, null);
    expect(neededUntil(learn(first, half), 'P', POLICY.marginMs)).toBe(Infinity);
    expect(neededUntil(learn(first, blind), 'P', POLICY.marginMs)).toBe(Infinity);
  });

  test('a staged key that left slot 0 between two looks may have been primary meanwhile', () => {
    const before = learn(EMPTY_LEDGER, survey(100, { 0: 'S', 1: 'P' }));
    const twoStrays = learn(before, survey(200, { 0: 'Y', 1: 'P', 2: 'S', 3: 'X' }));
    expect(neededUntil(twoStrays, 'S', POLICY.marginMs)).toBe(200 + LIFE);
  });

  test('raising the lifetimes extends what is kept, lowering them shortens nothing', () => {
    const ledger = learn(EMPTY_LEDGER, survey(100, { 0: 'S', 1: 'X', 2: 'P' }));
    const longer = observe(ledger, survey(200, { 0: 'S', 1: 'X', 2: 'P' }), {
      ...POLICY,
      expirationMs: 5000,
    });
    const shorter = observe(longer, survey(300, { 0: 'S', 1: 'X', 2: 'P' }), { ...POLICY, expirationMs: 1 });
    expect(neededUntil(shorter, 'X', POLICY.marginMs)).toBe(100 + 5000 + 2000 + 100);
  });

  test('the incoming key is never expired, although it never was primary', () => {
    const ledger = learn(
      recordMade(EMPTY_LEDGER, 'I', 'incoming', 50),
      survey(100, { 0: 'S', 1: 'I', 2: 'P' }),
    );
    expect(expiredKeys(ledger, POLICY.marginMs, 1_000_000)).toEqual([]);
  });

  test('what no node holds is remembered as pruned; of those only the latest hundred, but every revoked one', () => {
    const keys = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [i + 1, `X${i}`]));
    const before = learn(EMPTY_LEDGER, survey(100, { 0: 'S', ...keys, 200: 'P' }));
    const { X0, ...rest } = before.keys;
    const revoked = { ...before, keys: { X0: { ...X0!, revoked: true as const }, ...rest } };
    const left = Object.fromEntries(Object.entries(keys).slice(2));
    const some = learn(revoked, survey(200, { 0: 'S', ...left, 200: 'P' }));
    expect(some.keys.X1!.prunedAt).toBe(200);
    const gone = learn(some, survey(300, { 0: 'S', 1: 'P' }));
    const remembered = Object.keys(gone.keys);
    expect(remembered).toHaveLength(103);
    expect(remembered).toEqual(expect.arrayContaining(['S', 'P', 'X0']));
    expect(remembered).not.toContain('X1');
  });
});

describe('whom a primary may be spread for without asking', () => {
  test('a key that was staged first, that all nodes had, or that we made is trusted; a primary from nowhere is not', () => {
    const ledger = learn(
      EMPTY_LEDGER,
      survey(100, { 0: 'S', 1: 'P' }, { 0: 'S', 1: 'P' }),
      survey(200, { 0: 'Y', 1: 'X' }, { 0: 'S', 1: 'P' }),
    );
    expect(ledger.keys.S!.trusted).toBe(true);
    expect(ledger.keys.P!.trusted).toBe(true);
    expect(ledger.keys.X!.trusted).toBe(false);
    expect(learn(ledger, survey(300, { 0: 'Y', 1: 'X' }, { 0: 'S', 1: 'P' })).keys.X!.trusted).toBe(false);
  });
});
