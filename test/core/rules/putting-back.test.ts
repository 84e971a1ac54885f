import { describe, expect, test } from 'vitest';
import { problem } from '../text.js';
import { next, type Scene } from './scene.js';

const intent = { kind: 'putBack', primary: 'P', staged: 'S' } as const;
const before = ['a: 0:S 1:P | b: 0:S 1:P'];

describe('a rotation that is given up', () => {
  test.each<[string, string, Scene, string]>([
    ['the old primary', 'a: 0:S 1:I 2:P 3:S | b: 0:S 1:I 2:P', {}, 'compensate: promote P on a'],
    ['the old standby', 'a: 0:I 1:I 2:S 3:P | b: 0:S 1:I 2:P', {}, 'compensate: stage S on a'],
    ['what was introduced may stay', 'a: 0:S 1:I 2:P | b: 0:S 1:P', {}, 'done'],
    ['a lost primary is brought back', 'a: 0:S 1:P | b: 0:S 1:S', {}, 'compensate: hold P on b'],
    ['a lost standby is brought back', 'a: 0:S 1:P | b: 0:I 1:P', {}, 'compensate: hold S on b'],
    ['a primary that is nowhere is not', 'a: 0:I 1:S | b: 0:S 1:S', {}, 'compensate: stage S on a'],
    ['nor a standby', 'a: 0:P 1:I | b: 0:I 1:P', {}, 'compensate: promote P on a'],
    ['neither is anywhere', 'a: 0:X 1:Y | b: 0:X 1:Y', {}, 'done'],
    ['nodes that cannot be read are left', 'a: 0:S 1:P 2:S | b: away', {}, 'compensate: promote P on a'],
    [
      'and those that are broken',
      'a: 0:S 1:P 2:S | b: 0:S 1:P 2:S',
      { details: { a: { problems: [problem('stray-file')] } } },
      'compensate: promote P on b',
    ],
    ['a new node is left as it is', 'a: 0:S 1:P | b: 0:S 1:P | c: 0:Y 1:X', {}, 'done'],
  ])('%s', (_, now, scene, expected) => {
    expect(next(now, { before, intent, ...scene })).toBe(expected);
  });
});
