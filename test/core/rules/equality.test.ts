import { describe, expect, test } from 'vitest';
import type { Ledger } from '../../../core/ledger.js';
import { decisionOn, introducing, next, ROTATE, type Scene } from './scene.js';

function distrusting(key: string): (ledger: Ledger) => Ledger {
  return (ledger) => ({
    ...ledger,
    keys: { ...ledger.keys, [key]: { ...ledger.keys[key]!, trusted: false } },
  });
}

const HEALTHY = 'a: 0:S 1:P | b: 0:S 1:P';

describe('rule 4: every live key is readable everywhere', () => {
  test.each<[string, string, Scene, string]>([
    ['a missing secondary', 'a: 0:S 1:O 2:P | b: 0:S 1:P', {}, 'reconcile: hold O on b'],
    [
      'primaries before all else',
      'a: 0:T 1:O 2:P 3:S | b: 0:T 1:P',
      { before: [HEALTHY] },
      'reconcile: hold S on b',
    ],
    [
      'an expired key is not spread, but removed',
      'a: 0:S 1:O 2:P | b: 0:S 1:P',
      { before: ['a: 0:S 1:O 2:P | b: 0:S 1:P'] },
      'prune: expire on a over O',
    ],
    [
      'no expired place is taken while any key is missing',
      'a: 0:S 1:O 2:N 3:P | b: 0:S 1:O 2:P',
      { before: ['a: 0:S 1:O 2:P | b: 0:S 1:O 2:P'] },
      'reconcile: hold N on b',
    ],
    [
      'the incoming key may take one',
      'a: 0:S 1:O 2:I 3:P | b: 0:S 1:O 2:P',
      { before: ['a: 0:S 1:O 2:P | b: 0:S 1:O 2:P'], then: introducing('I') },
      'distribute: hold I on b over O',
    ],
    [
      'but not once somebody has promoted it',
      'a: 0:S 1:O 2:P 3:I | b: 0:S 1:O 2:P',
      { before: ['a: 0:S 1:O 2:P | b: 0:S 1:O 2:P'], then: introducing('I') },
      'reconcile: hold I on b',
    ],
  ])('%s', (_, now, scene, expected) => {
    expect(next(now, scene)).toBe(expected);
  });

  test('says whether the key is new', () => {
    const reason = (scene: Scene) => decisionOn('a: 0:S 1:I 2:P | b: 0:S 1:P', scene).reason;
    expect(reason({})).toBe('key I is to be readable on b');
    expect(reason({ then: introducing('I') })).toBe('the new key I is to be readable on b');
  });
});

describe('rules 4 and 5: a new node', () => {
  const before = ['a: 0:S 1:P'];

  test('is brought every key, serves only then, and is no source of any', () => {
    const looks: [string, string][] = [
      ['0:Y 1:X', 'reconcile: hold P on b over X Y'],
      ['0:Y 1:P 2:X', 'reconcile: hold S on b over X Y'],
      ['0:Y 1:S 2:P 3:X', 'reconcile: promote P on b over X Y'],
      ['0:Y 1:S 2:P', 'reconcile: stage S on b over Y'],
      ['0:S 1:X 2:P', 'reconcile: expire on b over X'],
      ['0:S 1:P', 'done'],
    ];
    for (const [b, expected] of looks) expect(next(`a: 0:S 1:P | b: ${b}`, { before })).toBe(expected);
  });

  test('may write with any primary of the fleet, and stand by with any standby, while a rotation goes on', () => {
    const scene = { before: [HEALTHY], intent: ROTATE };
    const serving = 'a: 0:N 1:P 2:S | b: 0:S 1:N 2:P';
    expect(next(`${serving} | c: 0:S 1:N 2:Z 3:P`, scene)).toBe('reconcile: expire on c over Z');
    expect(next(`${serving} | c: 0:N 1:Z 2:P 3:S`, scene)).toBe('reconcile: expire on c over Z');
    expect(next(`${serving} | c: 0:N 1:P 2:S 3:Z`, scene)).toBe('reconcile: promote S on c over Z');
  });

  test('keeps a known key that the others still need, and loses one that they have lost', () => {
    const known = ['a: 0:S 1:O 2:P'];
    expect(next('a: 0:S 1:P | b: 0:S 1:O 2:P', { before: known })).toBe('reconcile: expire on b over O');
    expect(next('a: 0:S 1:O 2:P | b: 0:S 1:P', { before: ['a: 0:S 1:P'] })).toBe('reconcile: hold O on b');
  });

  test('waits for a standby where the fleet has none, rather than for ever on its own in slot 0', () => {
    const scene = { before: ['a: 1:P'] };
    expect(next('a: 1:P | b: 0:Y 1:P', scene)).toBe('distribute: make incoming on a over Y');
    expect(next('a: 1:P | b: 0:Y 1:X 2:P', scene)).toBe('reconcile: expire on b over X Y');
  });

  test('has the last copy of a known key that tokens may need: the others get it', () => {
    expect(next('a: 0:S 1:P | b: 0:S 1:I 2:P', { before, then: introducing('I') })).toBe(
      'distribute: hold I on a',
    );
    const primary = { before: ['a: 0:P 1:O'] };
    expect(next('a: 0:S 1:P | b: 0:S 1:O 2:P', primary)).toBe('reconcile: hold O on a');
    expect(next('a: 0:S 1:P | b: 0:S 1:O 2:P', { ...primary, then: distrusting('O') })).toBe('done');
    expect(
      decisionOn('a: 0:S 1:P | b: 0:S 1:O 2:P', { ...primary, then: distrusting('O') }).reason,
    ).toContain("b can't serve yet");
  });

  test('keeps what the serving nodes have as well', () => {
    const old = { before: ['a: 0:S 1:O 2:P'] };
    expect(next('a: 0:S 1:O 2:P | b: 0:S 1:O 2:Z 3:P', old)).toBe('reconcile: expire on b over Z');
  });

  test('only the nodes that hold something foreign are touched', () => {
    expect(next('a: 0:S 1:P | b: 0:S 1:X 2:P | c: 0:S 1:P', { before })).toBe(
      'reconcile: expire on b over X',
    );
    expect(next('a: 0:S 1:P | b: 0:S 1:X 2:P | c: 0:S 1:Z 2:P', { before })).toBe(
      'reconcile: expire on b c over X Z',
    );
  });
});

describe('rule 6: where primaries differ, the newest is promoted', () => {
  test('not the one that most nodes have', () => {
    const before = ['a: 0:S 1:P | b: 0:S 1:P | c: 0:S 1:P'];
    const now = 'a: 0:N 1:P 2:S | b: 0:S 1:N 2:P | c: 0:S 1:N 2:P';
    expect(next(now, { before })).toBe('reconcile: promote S on b c');
    expect(next(now, { before, intent: ROTATE })).toBe('promote: promote S on b c');
    expect(next(now, { before, intent: { kind: 'rotate', from: 'O', to: 'P' } })).toBe(
      'reconcile: promote S on b c',
    );
  });

  test('first seen together: the one that others have staged', () => {
    expect(next('a: 0:N 1:P 2:A | b: 0:A 1:N 2:P')).toBe('reconcile: promote A on b');
    expect(next('a: 0:N 1:P 2:Z | b: 0:Z 1:N 2:P | c: 0:Z 1:N 2:P')).toBe('reconcile: promote Z on b c');
  });

  test('staged and first seen together: still the one that others have staged', () => {
    const before = ['a: 0:Z 1:O | b: 0:Q 1:O'];
    expect(next('a: 0:T 1:Q 2:O 3:Z | b: 0:Z 1:T 2:O 3:Q', { before })).toBe('reconcile: promote Z on b');
  });

  test('first seen together: one that only those have staged who have it on top says nothing', () => {
    const before = ['a: 0:S 1:P | b: 0:S 1:P | c: 0:S 1:P'];
    const now = 'a: 0:N 1:P 2:X 3:S | b: 0:X 1:P 2:S 3:N 4:X | c: 0:S 1:X 2:N 3:P';
    expect(next(now, { before })).toBe('reconcile: promote S on b c');
  });

  test('first seen together and staged nowhere: the one that was staged later', () => {
    const before = ['a: 0:P 1:O | b: 0:P 1:O', 'a: 0:Q 1:P 2:O | b: 0:Q 1:P 2:O'];
    expect(next('a: 0:T 1:Q 2:O 3:P | b: 0:T 1:P 2:O 3:Q', { before })).toBe('reconcile: promote Q on a');
  });

  test('a node that was away at the first look, and writes with what was a secondary then, is behind', () => {
    const before = ['a: 0:N 1:P 2:S | b: away'];
    expect(next('a: 0:N 1:P 2:S | b: 0:S 1:N 2:P', { before })).toBe('reconcile: promote S on b');
    expect(next('a: 0:M 1:P 2:S 3:N | b: 0:S 1:M 2:N 3:P', { before })).toBe('reconcile: promote N on b');
  });

  test('nothing else being known, what most have', () => {
    const now = 'a: 0:T 1:Q 2:P | b: 0:T 1:P 2:Q | c: 0:T 1:P 2:Q';
    expect(next(now)).toBe('reconcile: promote Q on a');
  });
});
