import { describe, expect, test } from 'vitest';
import {
  EMPTY_LEDGER,
  expiredKeys,
  forgetGone,
  neededUntil,
  observe,
  recordMade,
  type Ledger,
} from '../../core/ledger.js';
import type { Policy } from '../../core/policy.js';
import type { Repository } from '../../core/repository.js';
import type { NodeView, Survey } from '../../core/survey.js';

const POLICY: Policy = { expirationMs: 1000, allowExpiredWindowMs: 2000, marginMs: 100, maxFiles: 50 };
const LIFE = 3100;

function survey(at: number, ...repositories: (Repository | null)[]): Survey {
  const nodes = repositories.map((repository, index): NodeView => ({
    name: `n${index}`,
    site: 's',
    fenced: false,
    reachable: repository !== null,
    repository: repository ?? {},
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
    const ledger = learn(recordMade(EMPTY_LEDGER, 'I', 50), survey(100, { 0: 'S', 1: 'I', 2: 'P' }));
    expect(expiredKeys(ledger, POLICY.marginMs, 1_000_000)).toEqual([]);
  });

  test('what no node holds and no token needs is forgotten, and nothing else', () => {
    const ledger = learn(EMPTY_LEDGER, survey(100, { 0: 'S', 1: 'X', 2: 'P' }));
    const gone = survey(100 + LIFE + 1, { 0: 'S', 1: 'P' });
    expect(Object.keys(forgetGone(learn(ledger, gone), gone, POLICY.marginMs).keys)).toEqual(['S', 'P']);
    const tooSoon = survey(200, { 0: 'S', 1: 'P' });
    expect(Object.keys(forgetGone(learn(ledger, tooSoon), tooSoon, POLICY.marginMs).keys)).toContain('X');
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
