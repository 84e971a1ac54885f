import { describe, expect, test } from 'vitest';
import { nextOperation, wayTo } from '../../core/operations.js';
import { contentsDigest, isPrimaryCertain, type Contents, type Damage } from '../../core/repository.js';
import { VirtualFleet } from './virtual-fleet.js';

const MEND = { kind: 'mend', primary: 'P', staged: 'S' } as const;

const alias = (index: number | null, key: string): Damage => ({ kind: 'alias', name: '001', index, key });

describe('a primary is certain', () => {
  const found = (damage: Damage): Contents => ({ repository: { 0: 'S', 1: 'O', 2: 'P' }, damage: [damage] });

  test('beside a stray file, wrong permissions, and what is broken below it', () => {
    expect(isPrimaryCertain(found({ kind: 'stray', name: 'notes' }))).toBe(true);
    expect(isPrimaryCertain(found({ kind: 'permissions', index: 2, key: 'P' }))).toBe(true);
    expect(isPrimaryCertain(found({ kind: 'malformed', index: 1 }))).toBe(true);
    expect(isPrimaryCertain(found(alias(1, 'X')))).toBe(true);
  });

  test('not below what is broken, nor beside a name that has no place', () => {
    expect(isPrimaryCertain(found({ kind: 'malformed', index: 3 }))).toBe(false);
    expect(isPrimaryCertain(found(alias(2, 'X')))).toBe(false);
    expect(isPrimaryCertain(found(alias(null, 'X')))).toBe(false);
  });

  test('and leads a fleet of one whose damage is below it', () => {
    const fleet = new VirtualFleet({});
    fleet.put('a', found({ kind: 'malformed', index: 3 }));
    fleet.order({ kind: 'reconcile', nodes: ['a'], approved: [] });
    expect(fleet.sync().step.kind).toBe('refuse');
    fleet.put('a', { repository: { 0: 'S', 2: 'P' }, damage: [{ kind: 'malformed', index: 1 }] });
    expect(fleet.sync().step.kind).toBe('done');
  });
});

describe('mending', () => {
  test('overwrites malformed files before it looks for a place for a key', () => {
    const damage: Damage[] = [alias(null, 'X'), { kind: 'malformed', index: 2 }];
    const contents = { repository: { 0: 'S', 1: 'P' }, damage };
    expect(nextOperation(contents, MEND, [])).toEqual({ kind: 'replace', index: 2, key: 'P' });
    expect(contentsDigest(wayTo(contents, MEND, []).at(-1)!)).toBe('0:S 1:X 2:P');
  });

  test('never leaves another key than the primary on top', () => {
    const damage: Damage[] = [
      { kind: 'malformed', index: 0 },
      { kind: 'malformed', index: 1 },
    ];
    const onTheWay = (contents: Contents) => wayTo(contents, MEND, []).map(contentsDigest);
    expect(onTheWay({ repository: {}, damage })).toEqual([' | 0! 1!', '1:P | 0!', '0:S 1:P']);
    expect(onTheWay({ repository: {}, damage: damage.slice(0, 1) })).toEqual([' | 0!', '0:P']);
  });

  test('gives an empty repository the primary before it keeps a key that has no place', () => {
    const contents = { repository: {}, damage: [alias(null, 'X')] };
    expect(nextOperation(contents, MEND, [])).toEqual({ kind: 'add', index: 1, key: 'P' });
    expect(contentsDigest(wayTo(contents, MEND, []).at(-1)!)).toBe('1:X 2:P');
  });
});

test('a node that joins with a foreign key in slot 0 only ends in sync beside one that has nothing staged', () => {
  const fleet = new VirtualFleet({ a: { 0: 'S', 1: 'P' } });
  fleet.rotate();
  fleet.now += 4000;
  fleet.look();
  fleet.put('new', { repository: { 0: 'P' }, damage: [] });
  fleet.put('a', { repository: {}, damage: [] });
  fleet.order({ kind: 'reconcile', nodes: ['a', 'new'], approved: [] });
  expect(fleet.sync().step.kind).toBe('done');
});
