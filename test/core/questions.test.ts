import { describe, expect, test } from 'vitest';
import { questionsOf } from '../../core/questions.js';
import { revokeAll, type Ledger } from '../../core/ledger.js';
import { followOrder } from '../../core/orders.js';
import { expiredAt, ledgerAfter, LIFE, lookAt, NOW, type NodeDetails } from './text.js';

const HEALTHY = 'a: 0:S 1:P | b: 0:S 1:P';

function ask(now: string, details: Record<string, NodeDetails> = {}, known?: (ledger: Ledger) => Ledger) {
  const survey = lookAt(now, details);
  const first = ledgerAfter(lookAt(HEALTHY, {}, NOW - 10 * LIFE), survey);
  const ledger = known ? known(first) : first;
  return questionsOf(survey, ledger, expiredAt(survey, ledger));
}

describe('what an operator is asked', () => {
  test('nothing, of a fleet that is in sync or only differs', () => {
    const nothing = { unknownKeys: [], brokenNodes: [], isAllEmpty: false };
    expect(ask(HEALTHY)).toEqual(nothing);
    expect(ask('a: 0:N 1:P 2:S | b: 0:S 1:P')).toEqual(nothing);
    expect(ask('a: 0:S 1:P | b: away')).toEqual(nothing);
  });

  test('primaries that nobody vouches for, but no revoked key', () => {
    expect(ask('a: 0:S 1:P | b: 0:S 1:X').unknownKeys).toEqual([{ node: 'b', fingerprint: 'X' }]);
    expect(ask('a: 0:S 1:P | b: 0:S 1:X', {}, revokeAll).unknownKeys).toEqual([]);
  });

  test('what is broken, in the words of the look', () => {
    const details = { b: { damage: [{ kind: 'stray', name: 'x' } as const] } };
    expect(ask(HEALTHY, details).brokenNodes).toEqual([
      { node: 'b', isEmpty: false, messages: ['a node: stray-file'] },
    ]);
    expect(ask('a: 0:S 1:P | b: empty').brokenNodes).toEqual([
      { node: 'b', isEmpty: true, messages: ['a node: empty-repository'] },
    ]);
  });

  test('whether nobody has any key', () => {
    expect(ask('a: empty | b: empty').isAllEmpty).toBe(true);
    expect(ask('a: empty | b: away').isAllEmpty).toBe(true);
    expect(ask('a: away | b: away').isAllEmpty).toBe(false);
    expect(ask('a: empty | b: 0:S 1:P').isAllEmpty).toBe(false);
  });

  test('nothing about a new node, but what one that comes back had when it served', () => {
    expect(ask(`${HEALTHY} | c: 0:Y 1:X`).unknownKeys).toEqual([]);
    const served = [lookAt(HEALTHY, {}, NOW - 1), lookAt('a: 0:S 1:P | b: 0:S 1:X')];
    const now = lookAt('a: 0:S 1:P | b: 0:Y 1:X', {}, NOW + 1);
    const fenced = followOrder(ledgerAfter(...served), { kind: 'fence', node: 'b' }, ['a', 'b'], NOW);
    const back = followOrder(fenced, { kind: 'unfence', node: 'b' }, ['a', 'b'], NOW);
    expect(questionsOf(now, back, []).unknownKeys).toEqual([{ node: 'b', fingerprint: 'X' }]);
  });
});
