import { describe, expect, test } from 'vitest';
import { inventoryChange, inventoryChangeText } from '../../core/inventory-change.js';
import { EMPTY_LEDGER } from '../../core/ledger.js';
import { followOrder } from '../../core/orders.js';
import { ledgerAfter, lookAt, NOW } from './text.js';

const KNOWN = ledgerAfter(lookAt('a: 0:S 1:P | b: 0:S 1:P | c: 0:S 1:P'));

describe('an inventory', () => {
  test.each([
    ['the first one', EMPTY_LEDGER, ['a', 'b']],
    ['the same one', KNOWN, ['c', 'b', 'a']],
    ['one with a few nodes more', KNOWN, ['a', 'b', 'c', 'd', 'e']],
  ])('%s is gone by', (_, ledger, listed) => {
    expect(inventoryChange(ledger, listed)).toBeNull();
  });

  test('without a node that counts it waits for a word, also when another took its place', () => {
    const change = inventoryChange(KNOWN, ['a', 'b', 'd'])!;
    expect(change.missing).toEqual(['c']);
    expect(inventoryChangeText(change)).toBe(
      'the inventory lists 3 nodes where the fleet had 3, and lacks c',
    );
  });

  test('without a node that an operator had fenced it is gone by', () => {
    const fenced = followOrder(KNOWN, { kind: 'fence', node: 'c' }, ['a', 'b', 'c'], NOW);
    expect(inventoryChange(fenced, ['a', 'b'])).toBeNull();
  });

  test('of twice as many nodes it waits for a word', () => {
    expect(inventoryChange(KNOWN, ['a', 'b', 'c', 'd', 'e', 'f'])).toMatchObject({ missing: [] });
  });
});
