import { describe, expect, test } from 'vitest';
import { decisionOn, introducing, next, revoked, ROTATE, type Scene } from './scene.js';

const OLD = 'a: 0:S 1:O 2:P | b: 0:S 1:O 2:P';

describe('rule 11: expired keys are overwritten last', () => {
  test.each<[string, string, Scene, string]>([
    ['on every node that has one', OLD, { before: [OLD] }, 'prune: expire on a b over O'],
    ['only where one is', 'a: 0:S 1:P | b: 0:S 1:O 2:P', { before: [OLD] }, 'prune: expire on b over O'],
    ['not one that is still young', OLD, {}, 'done'],
    [
      'at the end of a rotation',
      'a: 0:I 1:O 2:P 3:S | b: 0:I 1:O 2:P 3:S',
      { before: [OLD], intent: ROTATE, then: introducing('I') },
      'prune: expire on a b over O',
    ],
    ['a second name of the primary stays', 'a: 0:S 1:P 2:P', { before: ['a: 0:S 1:P 2:P'] }, 'done'],
    ['even of a revoked one', 'a: 0:S 1:R 2:R', { before: ['a: 0:S 1:R'], then: revoked('R') }, 'done'],
    [
      'a revoked key at once, whatever its age',
      'a: 0:S 1:R 2:P',
      { before: ['a: 0:S 1:P'], then: revoked('R') },
      'prune: expire on a over R',
    ],
    [
      'nothing while clocks are so far apart that no age is certain',
      OLD,
      { before: [OLD], details: { a: { clockOffsetMs: 300_001 } } },
      'done',
    ],
  ])('%s', (_, now, scene, expected) => {
    expect(next(now, scene)).toBe(expected);
  });

  test('the reason lists the keys that are there, and no others that are known to be old', () => {
    const before = ['a: 0:S 1:O 2:Q 3:P'];
    const { reason } = decisionOn('a: 0:S 1:O 2:P', { before });
    expect(reason).toBe('no valid token can need O any more; overwritten on a');
    const split = 'a: 0:S 1:O 2:P | b: 0:S 1:Q 2:P';
    expect(decisionOn(split, { before: [split] }).reason).toContain('O, Q any more');
    expect(decisionOn('a: 0:S 1:O 2:Q 3:P', { before }).reason).toContain('O, Q any more');
  });
});
