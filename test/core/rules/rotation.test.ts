import { describe, expect, test } from 'vitest';
import { decisionOn, inSequence, introducing, next, revoked, ROTATE, type Scene } from './scene.js';

const HEALTHY = 'a: 0:S 1:P | b: 0:S 1:P';
const before = [HEALTHY];

describe('rule 7: the incoming key', () => {
  test('is made on one node, where it may take an expired place', () => {
    expect(next(HEALTHY, { before, intent: ROTATE })).toBe('distribute: make incoming on a');
    const old = 'a: 0:S 1:O 2:P | b: 0:S 1:O 2:P';
    expect(next(old, { before: [old], intent: ROTATE })).toBe('distribute: make incoming on a over O');
  });

  test('is made again when the one on record is nowhere', () => {
    const scene = { before, intent: ROTATE, then: introducing('I') };
    expect(next(HEALTHY, scene)).toBe('distribute: make incoming on a');
  });

  test('is spread as a secondary', () => {
    const scene = { before, intent: ROTATE, then: introducing('I') };
    expect(next('a: 0:S 1:P | b: 0:S 1:I 2:P', scene)).toBe('distribute: hold I on a');
  });

  test('is not made before the standby is in slot 0 of every node', () => {
    expect(next('a: 0:S 1:T 2:P | b: 0:T 1:S 2:P', { before, intent: ROTATE })).toBe(
      'reconcile: stage S on b',
    );
  });

  test('is none when somebody else has rotated: the fleet has promoted already', () => {
    const now = 'a: 0:N 1:P 2:S | b: 0:N 1:P 2:S';
    expect(next(now, { before, intent: ROTATE })).toBe('done');
    const staged = 'a: 0:N 1:I 2:P 3:S | b: 0:N 1:I 2:P 3:S';
    expect(next(staged, { before, intent: ROTATE, then: introducing('I') })).toBe('stage: stage I on a b');
  });
});

test('a stranger’s rotation that left different standbys is not taken for our own staging', () => {
  const now = 'a: 0:N 1:M 2:P 3:S | b: 0:M 1:N 2:P 3:S';
  expect(next(now, { before, intent: ROTATE })).toBe('reconcile: stage M on a');
});

describe('what belongs in slot 0', () => {
  test.each<[string, string, Scene, string]>([
    [
      'what most nodes have',
      'a: 0:T 1:S 2:P | b: 0:S 1:T 2:P | c: 0:S 1:T 2:P',
      {},
      'reconcile: stage S on a',
    ],
    ['missing on one', 'a: 0:S 1:P | b: 1:S 2:P', { before }, 'reconcile: stage S on b'],
    [
      'missing everywhere',
      'a: 1:P | b: 1:P',
      { before: ['a: 1:P | b: 1:P'] },
      'distribute: make incoming on a',
    ],
    [
      'the primary itself',
      'a: 0:P | b: 0:P',
      { before: ['a: 0:P | b: 0:P'] },
      'distribute: make incoming on a',
    ],
    [
      'not one that was a primary before',
      'a: 0:O 1:O 2:P | b: 0:O 1:O 2:P',
      { before: ['a: 0:P 1:O | b: 0:P 1:O'] },
      'distribute: make incoming on a',
    ],
    [
      'an incoming key rather than one that was a primary',
      'a: 0:O 1:I 2:P | b: 0:O 1:I 2:P',
      { before: ['a: 0:P 1:O | b: 0:P 1:O'], then: introducing('I') },
      'reconcile: stage I on a b',
    ],
    [
      'not a revoked one',
      'a: 0:T 1:P | b: 0:T 1:P',
      { before: ['a: 0:S 1:P | b: 0:S 1:P'], then: revoked('T') },
      'distribute: make incoming on a over T',
    ],
    [
      'a fresh one rather than an incoming key that a rotation has left',
      'a: 0:S 1:I 2:P | b: 0:S 1:I 2:P',
      { before, then: introducing('I') },
      'done',
    ],
    [
      'rather than the one on record that is nowhere',
      'a: 0:P | b: 0:P',
      { before: ['a: 0:P | b: 0:P'], then: introducing('I') },
      'distribute: make incoming on a',
    ],
  ])('%s', (_, now, scene, expected) => {
    expect(next(now, scene)).toBe(expected);
  });

  test('where the old one is expired its place is taken', () => {
    const scene: Scene = {
      before: ['a: 0:S 1:P | b: 0:S 1:P'],
      then: inSequence(revoked('T'), introducing('I')),
    };
    expect(next('a: 0:T 1:I 2:P | b: 0:T 1:I 2:P', scene)).toBe('reconcile: stage I on a b over T');
  });
});

describe('ceilings, before a rotation adds anything', () => {
  const old = 'a: 0:S 1:O 2:P | b: 0:S 1:O 2:P';

  test.each<[string, string, Scene, string]>([
    ['more files than allowed', HEALTHY, { policy: { maxFiles: 3 } }, 'refuse too-many-files: a b'],
    ['as many as allowed', HEALTHY, { policy: { maxFiles: 4 } }, 'distribute: make incoming on a'],
    [
      'the incoming key counts once',
      'a: 0:S 1:I 2:P | b: 0:S 1:I 2:P',
      { policy: { maxFiles: 4 }, then: introducing('I') },
      'promote: promote S on a',
    ],
    [
      'the incoming key counts',
      'a: 0:S 1:I 2:P | b: 0:S 1:I 2:P',
      { policy: { maxFiles: 3 }, then: introducing('I') },
      'refuse too-many-files: a b',
    ],
    [
      'expired places are taken',
      old,
      { before: [old], policy: { maxFiles: 4 } },
      'distribute: make incoming on a over O',
    ],
    ['a stray rotate would purge', HEALTHY, { policy: { maxActiveKeys: 4 } }, 'refuse max-active-keys: a b'],
    ['it would not', HEALTHY, { policy: { maxActiveKeys: 5 } }, 'distribute: make incoming on a'],
  ])('%s', (_, now, scene, expected) => {
    expect(next(now, { before, intent: ROTATE, ...scene })).toBe(expected);
  });

  test('the message says what to raise, and to what', () => {
    const { reason } = decisionOn(HEALTHY, { before, intent: ROTATE, policy: { maxActiveKeys: 4 } });
    expect(reason).toContain('a: the rotation would leave 4 key files');
    expect(reason).toContain('raise it to 5');
  });

  test('a sync is not held up by them', () => {
    expect(next(HEALTHY, { before, policy: { maxFiles: 1, maxActiveKeys: 1 } })).toBe('done');
  });
});
