import { describe, expect, test } from 'vitest';
import { followOrder } from '../../../core/orders.js';
import { plan } from '../../../core/planner.js';
import { decide, ledgerAfter, lookAt, NOW, POLICY, problem } from '../text.js';
import { decisionOn, LONG, next, ROTATE, said, SYNC, type Scene } from './scene.js';

const HEALTHY = 'a: 0:S 1:P | b: 0:S 1:P';
const PUT_BACK = { kind: 'putBack', primary: 'P', staged: 'S' } as const;
const REVOKE = { kind: 'revoke', primary: null, staged: null } as const;

describe('rule 1: evidence of every node that counts', () => {
  test.each<[string, Scene['intent'], string]>([
    ['a sync waits', SYNC, 'wait: b unreachable'],
    ['a rotation waits', ROTATE, 'wait: b unreachable'],
    ['putting back goes ahead', PUT_BACK, 'done'],
    ['revoking goes ahead', REVOKE, 'revoke: make primary on a'],
  ])('with a node that cannot be read, %s', (_, intent, expected) => {
    expect(next('a: 0:S 1:P | b: away', { before: [HEALTHY], intent })).toBe(expected);
  });

  test('a person is needed if any node needs one, whichever is named first', () => {
    const details = { c: { problems: [problem('host-key-changed')] } };
    const scene = { before: [`${HEALTHY} | c: 0:S 1:P`], details };
    const decision = decisionOn('a: 0:S 1:P | b: away | c: away', scene);
    expect(said(decision)).toBe('refuse host-key-changed: b c');
    expect(decision.reason).toBe('a node: host-key-changed');
  });

  test('a new node that cannot be read blocks as well', () => {
    expect(next('a: 0:S 1:P | b: away', { before: ['a: 0:S 1:P'] })).toBe('wait: b unreachable');
  });

  test('a fenced node does not, and is left as it is', () => {
    const then: Scene['then'] = (ledger) =>
      followOrder(ledger, { kind: 'fence', node: 'b' }, ['a', 'b'], NOW);
    for (const b of ['away', 'empty', '0:Y 1:X'])
      expect(next(`a: 0:S 1:P | b: ${b}`, { before: [HEALTHY], then })).toBe('done');
  });

  test('no node at all', () => {
    expect(decide({ startedAt: NOW, at: NOW, nodes: [] }).step).toMatchObject({
      kind: 'refuse',
      code: 'configuration',
      problems: [],
    });
  });

  test.each([
    [60_200, 'done'],
    [60_201, 'look again'],
  ])('a look at two nodes that began %i ms ago: %s', (age, expected) => {
    const survey = lookAt(HEALTHY);
    expect(said(plan(survey, ledgerAfter(survey), POLICY, NOW + age))).toBe(expected);
    // It counts from before the first node was read.
    const slow = { ...survey, startedAt: NOW - age };
    expect(said(plan(slow, ledgerAfter(survey), POLICY, NOW))).toBe(expected);
  });

  test('the reasons name the nodes, or count them when there are many', () => {
    const reason = (names: string[]) => decisionOn(names.map((name) => `${name}: away`).join(' | ')).reason;
    expect(reason(['a', 'b', 'c', 'd'])).toBe('waiting for a, b, c, d');
    expect(reason(['a', 'b', 'c', 'd', 'e'])).toBe('waiting for 5 nodes');
    const details = { a: { problems: [problem('unreachable'), problem('clock-skew')] } };
    expect(decisionOn('a: away', { details }).reason).toBe('waiting for a');
  });

  test('the end is told apart by what was intended', () => {
    expect(decisionOn(HEALTHY).reason).toBe('all nodes have the same keys');
    const to = { kind: 'rotate', from: 'O', to: 'P' } as const;
    expect(decisionOn(HEALTHY, { before: [HEALTHY], intent: to }).reason).toContain('the new primary');
  });

  test('nothing of the rest is expired by a refusal', () => {
    const scene = { before: ['a: 0:S 1:O 2:P'], intent: SYNC };
    expect(decisionOn('a: empty', scene).expired).toEqual([]);
    expect(decisionOn('a: away', scene).expired).toEqual([]);
    expect(decisionOn('a: 0:S 1:P', scene).expired).toEqual([]);
    const stale = plan(
      lookAt('a: 0:S 1:O 2:P'),
      ledgerAfter(lookAt('a: 0:S 1:O 2:P')),
      POLICY,
      NOW + LONG * 10,
    );
    expect(stale).toMatchObject({ step: { kind: 'survey' }, expired: [] });
  });
});
