import { describe, expect, test } from 'vitest';
import { questionsOf } from '../../core/questions.js';
import { revokeAll, type Ledger } from '../../core/ledger.js';
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

  test('nothing about a new node', () => {
    expect(ask(`${HEALTHY} | c: 0:Y 1:X`).unknownKeys).toEqual([]);
  });
});
