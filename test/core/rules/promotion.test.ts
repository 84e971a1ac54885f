import { describe, expect, test } from 'vitest';
import { decisionOn, asked, introducing, next, ROTATE, type Scene } from './scene.js';

const ONE = '0:S 1:I 2:P';
const PROMOTED = '0:S 1:I 2:P 3:S';

function fleet(...repositories: string[]): string {
  return repositories.map((repository, i) => `${'abcdefg'[i]}: ${repository}`).join(' | ');
}

function rotating(nodes: number, details: Scene['details'] = {}): Scene {
  return {
    before: [fleet(...Array<string>(nodes).fill('0:S 1:P'))],
    intent: ROTATE,
    then: introducing('I'),
    details,
  };
}

describe('rule 8: every Keystone that can be asked accepts both keys first', () => {
  const equal = fleet(ONE, ONE, ONE);

  test.each<[string, Scene['details'], string]>([
    ['none can be asked', {}, 'promote: promote S on a'],
    ['none was asked', { a: asked(), b: asked(), c: asked() }, 'confirm: probe S I on a b c'],
    ['some have accepted', { a: asked('S', 'I'), b: asked('I'), c: asked('S') }, 'confirm: probe S I on b c'],
    ['one can be asked', { c: asked() }, 'confirm: probe S I on c'],
    [
      'all have accepted',
      { a: asked('S', 'I'), b: asked('I', 'S'), c: asked('S', 'I', 'P') },
      'promote: promote S on a',
    ],
  ])('%s', (_, details, expected) => {
    expect(next(equal, rotating(3, details))).toBe(expected);
  });

  test('asking takes nobody’s place', () => {
    const before = [fleet('0:S 1:O 2:P')];
    const scene = { ...rotating(1, { a: asked() }), before };
    const decision = decisionOn(fleet('0:S 1:O 2:I 3:P'), scene);
    expect(decision).toMatchObject({ step: { kind: 'probe' }, expired: [] });
    expect(decision.reason).toBe('Keystone on a is to accept S and I before anything is promoted');
  });

  test('promoting may take the places of expired keys', () => {
    const scene = { ...rotating(1), before: [fleet('0:S 1:O 2:P')] };
    expect(next(fleet('0:S 1:O 2:I 3:P'), scene)).toBe('promote: promote S on a over O');
  });

  test('an incoming key that was made and is nowhere is not asked for', () => {
    const scene: Scene = { ...rotating(2, { b: asked() }), intent: { kind: 'sync' } };
    expect(next(fleet('0:N 1:P 2:S', '0:S 1:N 2:P'), scene)).toBe('confirm: probe S on b');
  });
});

describe('rule 9: waves', () => {
  const sites = {
    a: { site: 'near' },
    b: { site: 'far' },
    c: { site: 'near' },
    d: { site: 'far' },
    e: { site: 'near' },
  };

  test.each<[string, string[], string]>([
    ['one canary', [ONE, ONE, ONE, ONE, ONE], 'promote: promote S on a'],
    ['its site', [PROMOTED, ONE, ONE, ONE, ONE], 'promote: promote S on c e'],
    ['its site, where one is done', [PROMOTED, ONE, PROMOTED, ONE, ONE], 'promote: promote S on e'],
    ['the rest', [PROMOTED, ONE, PROMOTED, ONE, PROMOTED], 'promote: promote S on b d'],
    [
      'the site of whichever a stranger began with',
      [ONE, PROMOTED, ONE, ONE, ONE],
      'promote: promote S on d',
    ],
  ])('%s', (_, repositories, expected) => {
    expect(next(fleet(...repositories), rotating(5, sites))).toBe(expected);
  });

  test('rule 10: only then does the incoming key take slot 0', () => {
    expect(next(fleet(PROMOTED, PROMOTED), rotating(2))).toBe('stage: stage I on a b');
    expect(next(fleet('0:I 1:I 2:P 3:S', PROMOTED), rotating(2))).toBe('stage: stage I on b');
    expect(next(fleet('0:I 1:I 2:P 3:S', '0:I 1:I 2:P 3:S'), rotating(2))).toBe('done');
  });
});
