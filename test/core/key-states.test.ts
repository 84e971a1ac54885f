import { describe, expect, test } from 'vitest';
import { fleetKeyStates, isFresh, readState, writeState } from '../../core/key-states.js';
import { expiredAt, ledgerAfter, LIFE, lookAt, NOW } from './text.js';

const text = 'a: 0:S 1:O 2:P | b: 0:S 1:O 2:P';

function states(now: string, before = now): Record<string, string> {
  const survey = lookAt(now);
  const ledger = ledgerAfter(lookAt(before, {}, NOW - 10 * LIFE), survey);
  const found = fleetKeyStates(survey, ledger, expiredAt(survey, ledger));
  return Object.fromEntries(
    found.map(({ key, read, write, holders, nodes }) => [key, `${read} ${write} ${holders}/${nodes}`]),
  );
}

describe('what may be assumed of a key in the fleet', () => {
  test('staged, old and primary, everywhere', () => {
    expect(states(text)).toEqual({
      S: 'omnipresent rumoured 2/2',
      O: 'unretentive hidden 2/2',
      P: 'omnipresent omnipresent 2/2',
    });
  });

  test('a young secondary may have made tokens that are still valid', () => {
    expect(states(text, 'a: 0:S 1:P | b: 0:S 1:P').O).toBe('omnipresent unretentive 2/2');
  });

  test('one node that differs makes the fleet uncertain', () => {
    const mixed = states('a: 0:N 1:P 2:S | b: 0:S 1:P', 'a: 0:S 1:P | b: 0:S 1:P');
    expect(mixed).toMatchObject({
      N: 'rumoured rumoured 1/2',
      S: 'omnipresent rumoured 2/2',
      P: 'omnipresent rumoured 2/2',
    });
    expect(states('a: 0:S 1:O 2:P | b: 0:S 1:P', text).O).toBe('unretentive hidden 1/2');
  });

  test('a node that cannot be read may hold anything that is still needed', () => {
    expect(states('a: 0:S 1:O 2:P | b: away', text)).toMatchObject({
      S: 'rumoured rumoured 1/2',
      P: 'rumoured rumoured 1/2',
      O: 'rumoured hidden 1/2',
    });
  });
});

describe('on one node', () => {
  const [away, node] = lookAt('a: away | b: 0:S 1:O 2:P').nodes as [never, never];
  const ledger = ledgerAfter(lookAt('b: 0:S 1:O 2:P'));

  test('reading: only a Keystone that has accepted the key surely can', () => {
    const probed = { ...(node as object), canBeProbed: true, accepted: ['P'] } as never;
    expect(readState(away, 'P', [])).toBe('rumoured');
    expect(readState(node, 'X', [])).toBe('hidden');
    expect(readState(node, 'O', ['O'])).toBe('unretentive');
    expect(readState(node, 'S', [])).toBe('omnipresent');
    expect(readState(probed, 'S', [])).toBe('rumoured');
    expect(readState(probed, 'P', [])).toBe('omnipresent');
  });

  test('writing', () => {
    expect(writeState(away, 'P', ledger, [])).toBe('rumoured');
    expect(writeState(away, 'O', ledger, [])).toBe('unretentive');
    expect(writeState(away, 'O', ledger, ['O'])).toBe('hidden');
    expect(writeState(node, 'P', ledger, [])).toBe('omnipresent');
    expect(writeState(node, 'S', ledger, [])).toBe('rumoured');
    expect(writeState(node, 'O', ledger, [])).toBe('unretentive');
  });
});

test('a look is evidence for a minute from when it began, and longer the more nodes there are', () => {
  const one = lookAt(text).nodes[0]!;
  const began = NOW - 1000;
  const isEvidence = (nodes: number, at: number) =>
    isFresh({ ...lookAt(text), startedAt: began, nodes: Array.from({ length: nodes }, () => one) }, at);
  expect(isEvidence(10, began + 61_000)).toBe(true);
  expect(isEvidence(10, began + 61_001)).toBe(false);
  expect(isEvidence(10_000, began + 1_060_000)).toBe(true);
  expect(isEvidence(10_000, began + 1_060_001)).toBe(false);
});
