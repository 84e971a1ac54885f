import { describe, expect, test } from 'vitest';
import { viewOf } from '../../core/fleet-view.js';
import { recordMade, revokeAll, type Ledger } from '../../core/ledger.js';
import { ledgerAfter, LIFE, lookAt, NOW, POLICY } from './text.js';

const iso = (at: number) => new Date(at).toISOString();
const BEFORE = lookAt('a: 0:S 1:O 2:P | b: 0:S 1:O 2:P', {}, NOW - 10);

function viewed(text: string, change: (ledger: Ledger) => Ledger = (ledger) => ledger) {
  const survey = lookAt(text);
  const { keys, ...rest } = viewOf('f', survey, change(ledgerAfter(BEFORE, survey)), POLICY);
  return { ...rest, keys, roles: keys.map(({ fingerprint, role }) => `${fingerprint} ${role}`) };
}

describe('a fleet as a person reads it', () => {
  test('keys in the order of their use, each with its holders, age and end', () => {
    const { keys, roles, inSync, at } = viewed('a: 0:S 1:O 2:P | b: 0:S 1:O 2:P');
    expect([inSync, at]).toEqual([true, iso(NOW)]);
    expect(roles).toEqual(['P primary', 'S staged', 'O secondary']);
    expect(keys[0]).toMatchObject({
      read: 'omnipresent',
      write: 'omnipresent',
      holders: 2,
      nodes: 2,
      madeAt: null,
      firstSeenAt: iso(NOW - 10),
      neededUntil: null,
    });
    // Its past is unknown, so it counts as primary until it was first seen not to be.
    expect(keys[2]).toMatchObject({ neededUntil: iso(NOW - 10 + LIFE), write: 'unretentive' });
  });

  test('a key that we made is known since then; until all have it, it is incoming', () => {
    const { keys, roles } = viewed('a: 0:S 1:O 2:I 3:P | b: 0:S 1:O 2:P', (ledger) => {
      const keys = Object.fromEntries(Object.entries(ledger.keys).filter(([key]) => key !== 'I'));
      return recordMade({ ...ledger, keys }, 'I', 'incoming', NOW - 5);
    });
    expect(roles).toContain('I incoming');
    expect(keys.find(({ fingerprint }) => fingerprint === 'I')).toMatchObject({
      madeAt: iso(NOW - 5),
      holders: 1,
      read: 'rumoured',
      neededUntil: null,
    });
  });

  test('where nodes differ, a key is what it is to most of them', () => {
    expect(viewed('a: 0:S 1:O 2:P | b: 0:S 1:O 2:P | c: 0:N 1:P 2:S').roles).toContain('P primary');
  });

  test('revoked keys say so', () => {
    expect(viewed('a: 0:S 1:O 2:P | b: 0:S 1:O 2:P', revokeAll).roles).toContain('O revoked');
  });
});
