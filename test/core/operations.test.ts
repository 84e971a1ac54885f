import { describe, expect, test } from 'vitest';
import { applyOperation, nextOperation, wayTo, type Placement } from '../../core/operations.js';
import { digestOf, sound, type Repository } from '../../core/repository.js';

/** Every state on the way, as text. */
function way(repository: Repository, placement: Placement, expired: string[] = []): string[] {
  return wayTo(sound(repository), placement, expired).map((contents) => digestOf(contents.repository));
}

describe('the file operations of a rotation', () => {
  test('from a fresh repository: the new key is a secondary first, names only grow', () => {
    expect(way({ 0: 'S', 1: 'P' }, { kind: 'hold', key: 'I' })).toEqual([
      '0:S 1:P',
      '0:S 1:P 2:P',
      '0:S 1:I 2:P',
    ]);
    expect(way({ 0: 'S', 1: 'I', 2: 'P' }, { kind: 'promote', key: 'S' })).toEqual([
      '0:S 1:I 2:P',
      '0:S 1:I 2:P 3:S',
    ]);
    expect(way({ 0: 'S', 1: 'I', 2: 'P', 3: 'S' }, { kind: 'stage', key: 'I' })).toEqual([
      '0:S 1:I 2:P 3:S',
      '0:I 1:I 2:P 3:S',
    ]);
  });

  test('with an expired key: four files for ever, and no name vanishes', () => {
    expect(way({ 0: 'I', 1: 'I', 2: 'P', 3: 'S' }, { kind: 'hold', key: 'J' }, ['P']).at(-1)).toBe(
      '0:I 1:J 2:P 3:S',
    );
    expect(way({ 0: 'I', 1: 'J', 2: 'P', 3: 'S' }, { kind: 'promote', key: 'I' }, ['P'])).toEqual([
      '0:I 1:J 2:P 3:S',
      '0:I 1:J 2:S 3:S',
      '0:I 1:J 2:S 3:I',
    ]);
    expect(way({ 0: 'I', 1: 'J', 2: 'S', 3: 'I' }, { kind: 'stage', key: 'J' }).at(-1)).toBe(
      '0:J 1:J 2:S 3:I',
    );
  });

  test('an expired key is overwritten by the primary, everywhere it lies', () => {
    expect(way({ 0: 'S', 1: 'X', 2: 'X', 3: 'P' }, { kind: 'expire' }, ['X']).at(-1)).toBe('0:S 1:P 2:P 3:P');
  });

  test('a staged key that a token may need is kept elsewhere before its slot is taken', () => {
    expect(way({ 0: 'X', 1: 'I', 2: 'P', 3: 'S' }, { kind: 'stage', key: 'I' })).toEqual([
      '0:X 1:I 2:P 3:S',
      '0:X 1:I 2:P 3:S 4:S',
      '0:X 1:I 2:P 3:X 4:S',
      '0:I 1:I 2:P 3:X 4:S',
    ]);
  });

  test('a missing slot 0 is added', () => {
    expect(way({ 3: 'P', 1: 'I' }, { kind: 'stage', key: 'I' }).at(-1)).toBe('0:I 1:I 3:P');
  });

  test('a repository with the staged key only grows into a whole one', () => {
    expect(way({ 0: 'S' }, { kind: 'hold', key: 'I' }).at(-1)).toBe('0:S 1:I 2:S');
  });

  test('what is reached already needs no operation', () => {
    expect(nextOperation(sound({ 0: 'S', 1: 'P' }), { kind: 'promote', key: 'P' }, [])).toBeNull();
    expect(nextOperation(sound({ 0: 'S', 1: 'P' }), { kind: 'stage', key: 'S' }, [])).toBeNull();
    expect(nextOperation(sound({ 0: 'S', 1: 'P' }), { kind: 'hold', key: 'S' }, [])).toBeNull();
  });

  test('a key that is not there is not promoted, and nothing is built on an empty repository', () => {
    expect(() => nextOperation(sound({ 0: 'S', 1: 'P' }), { kind: 'promote', key: 'X' }, [])).toThrow(
      /can't be promoted/,
    );
    expect(() => nextOperation(sound({}), { kind: 'hold', key: 'X' }, [])).toThrow(/empty/);
  });

  test('every state on the way leads to the same end', () => {
    const placement: Placement = { kind: 'promote', key: 'S' };
    const states = wayTo(sound({ 0: 'S', 1: 'I', 2: 'X', 3: 'P' }), placement, ['X']);
    for (const state of states) expect(wayTo(state, placement, ['X']).at(-1)).toEqual(states.at(-1));
    expect(applyOperation(sound({ 0: 'S' }), { kind: 'add', index: 1, key: 'P' })).toEqual(
      sound({ 0: 'S', 1: 'P' }),
    );
  });
});
