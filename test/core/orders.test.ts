import { describe, expect, test } from 'vitest';
import { EMPTY_LEDGER, revokeAll, type Ledger } from '../../core/ledger.js';
import { standingOf } from '../../core/membership.js';
import { followOrder, objectionTo, type Order } from '../../core/orders.js';
import { ledgerAfter, lookAt, NOW } from './text.js';

const INVENTORY = ['a', 'b', 'c'];
const SERVING = ledgerAfter(lookAt('a: 0:S 1:P | b: 0:S 1:P | c: 0:S 1:P'));
const fence = (node: string): Order => ({ kind: 'fence', node });
const unfence = (node: string): Order => ({ kind: 'unfence', node });
const reconcile = (nodes: string[], approved: string[] = []): Order => ({
  kind: 'reconcile',
  nodes,
  approved,
});

function follow(ledger: Ledger, ...orders: Order[]): Ledger {
  return orders.reduce((known, order) => followOrder(known, order, INVENTORY, NOW + 5), ledger);
}

function standings({ nodes }: Ledger): string {
  return Object.entries(nodes)
    .map(([name, { standing }]) => `${name} ${standing}`)
    .join(', ');
}

describe('objections to an order', () => {
  test.each<[string, Order]>([
    ['fence', fence('x')],
    ['unfence', unfence('x')],
    ['reconcile', reconcile(['a', 'x'])],
  ])('%s: a node that is not in the inventory', (_, order) => {
    expect(objectionTo(order, SERVING, INVENTORY)).toBe(
      'there is no node x in the inventory; its nodes are a, b, c',
    );
  });

  test('the last node that serves is not fenced; one that joins or is fenced is none', () => {
    expect(objectionTo(fence('a'), SERVING, INVENTORY)).toBeNull();
    const left = follow(SERVING, fence('b'), fence('c'), unfence('c'));
    expect(objectionTo(fence('a'), left, INVENTORY)).toContain('a is the last node that serves');
    expect(objectionTo(fence('c'), left, INVENTORY)).toBeNull();
    expect(objectionTo(fence('a'), EMPTY_LEDGER, ['a'])).toContain('would leave none');
  });

  test('unfencing and reconciling are never objected to on nodes of the inventory', () => {
    const one = ledgerAfter(lookAt('a: 0:S 1:P'));
    expect(objectionTo(unfence('a'), one, ['a'])).toBeNull();
    expect(objectionTo(reconcile(['a']), one, ['a'])).toBeNull();
  });
});

describe('what an order changes', () => {
  test('a fenced node comes back as a new one; unfencing one that serves changes nothing', () => {
    const fenced = follow(SERVING, fence('b'));
    expect(standings(fenced)).toBe('a serving, b fenced, c serving');
    expect(fenced.nodes.b!.since).toBe(NOW + 5);
    expect(standings(follow(fenced, unfence('b')))).toBe('a serving, b joining, c serving');
    expect(follow(SERVING, unfence('b')).nodes).toEqual(SERVING.nodes);
  });

  test('an order before the first look leaves the other nodes serving', () => {
    expect(standings(follow(EMPTY_LEDGER, fence('b')))).toBe('a serving, b fenced, c serving');
  });

  test('a node that the ledger does not know yet is a new one', () => {
    const known = ledgerAfter(lookAt('a: 0:S 1:P | b: 0:S 1:P'));
    expect(standingOf(follow(known, fence('b')), 'c')).toBe('joining');
  });

  test('no order but one that accepts it makes an inventory known', () => {
    const known = ledgerAfter(lookAt('a: 0:S 1:P'));
    expect(standings(follow(known, unfence('a'), reconcile(['a'])))).toBe('a serving');
    expect(standings(follow(known, { kind: 'inventory', nodes: INVENTORY }))).toBe(
      'a serving, b joining, c joining',
    );
    const smaller: Order = { kind: 'inventory', nodes: ['a', 'b'] };
    expect(standings(followOrder(SERVING, smaller, ['a', 'b'], NOW))).toBe('a serving, b serving');
    expect(objectionTo(smaller, SERVING, INVENTORY)).toContain('changed again');
  });

  test('a measured clock stays on record', () => {
    const measured = ledgerAfter(lookAt('a: 0:S 1:P | b: 0:S 1:P', { b: { clockOffsetMs: 7 } }));
    expect(follow(measured, fence('b')).nodes.b).toMatchObject({ standing: 'fenced', clockOffsetMs: 7 });
  });

  test('repairs add up, each once', () => {
    expect(follow(SERVING, reconcile(['a']), reconcile(['b', 'a'])).repairs).toEqual(['a', 'b']);
  });

  test('an approved key is trusted, known or not, but never a revoked one', () => {
    const split = ledgerAfter(lookAt('a: 0:S 1:P | b: 0:S 1:X | c: 0:S 1:P'));
    expect(split.keys.X!.trusted).toBe(false);
    const approved = follow(split, reconcile(['b'], ['X', 'Z']));
    expect(approved.keys.X).toEqual({ ...split.keys.X, trusted: true });
    expect(approved.keys.Z).toEqual({
      firstSeenAt: NOW + 5,
      trusted: true,
      mayBePrimary: true,
      lastPrimaryAt: NOW + 5,
    });
    const revoked = revokeAll(split);
    expect(follow(revoked, reconcile(['b'], ['X'])).keys.X).toEqual(revoked.keys.X);
  });
});
