import { expect, test } from 'vitest';
import { termFindings } from '../../../core/doctor/certificates.js';
import {
  recipientFindings,
  type AuthorityFacts,
  type RecipientFacts,
} from '../../../core/doctor/recipients.js';

const MIXED: RecipientFacts = {
  nodes: [{ name: 'push' }, { name: 'pull', isPull: true }],
  approved: ['pull', 'worker'],
  authority: null,
  workers: ['1@a'],
  workersOf: { pull: [], worker: ['1@a'] },
};

const NOW = Date.parse('2026-11-25T00:00:00Z');
const CA: AuthorityFacts = { retired: [], certificates: [], problem: null };

const found = (change: Partial<RecipientFacts>) =>
  recipientFindings({ ...MIXED, ...change }, NOW).map(
    ({ code, node, message }) => `${code}: ${node ?? message}`,
  );

test('a mixed fleet in which everybody is approved has nothing to say', () => {
  expect(found({})).toEqual([]);
});

test('a pull node whom nobody approved, unless it is alone', () => {
  expect(found({ approved: ['worker'] })).toEqual(['recipient-unapproved: pull']);
  expect(found({ approved: [], nodes: [{ name: 'pull', isPull: true }] })).toEqual([]);
});

test('a pull node that a CA may have signed, only when it was retired', () => {
  expect(found({ approved: [], authority: CA })).toEqual([]);
  expect(found({ approved: [], authority: { ...CA, retired: ['pull'] } })).toEqual([
    'recipient-unapproved: pull',
  ]);
});

test('a worker without an approved key pair, where keys have to travel between it and pull nodes', () => {
  expect(found({ workers: ['1@a', '2@b'] })).toEqual([
    expect.stringMatching(/^identity-missing: the worker 2@b /),
  ]);
  const onlyPull = [
    { name: 'pull', isPull: true },
    { name: 'other', isPull: true },
  ] as const;
  expect(found({ workers: ['2@b'], nodes: onlyPull, approved: ['pull', 'other'] })).toEqual([]);
  expect(found({ workers: ['2@b'], nodes: [{ name: 'push' }], approved: [], workersOf: {} })).toEqual([]);
});

test('an approval of nobody: neither a pull node nor a worker that runs', () => {
  expect(found({ approved: ['pull', 'worker', 'ghost'] })).toEqual([
    expect.stringMatching(/^approval-of-nobody: ghost /),
  ]);
  expect(found({ approved: ['pull', 'worker', 'push'] })).toEqual([
    expect.stringMatching(/^approval-of-nobody: push /),
  ]);
});

test('a CA whose file can not be used, and one whose certificate ends', () => {
  expect(found({ authority: { ...CA, problem: '/etc/rotor/ca.pem: no certificates' } })).toEqual([
    'recipient-authority: /etc/rotor/ca.pem: no certificates',
  ]);
  const term = {
    holder: 'the CA CN=Rotor',
    startsAt: '2016-12-01T00:00:00Z',
    endsAt: '2026-12-01T00:00:00Z',
  };
  expect(found({ authority: { ...CA, certificates: [term] } })).toEqual([
    'certificate-ends: the certificate of the CA CN=Rotor ends at 2026-12-01 00:00:00 UTC; from then on whatever needs it is refused',
  ]);
});

test.each([
  ['2026-11-01', '2026-11-24', 'certificate-ended'],
  ['2026-11-26', '2027-11-26', 'certificate-ended'],
  // a quarter of its life, or thirty days of a long one
  ['2026-11-17', '2026-11-27', 'certificate-ends'],
  ['2026-11-17', '2026-11-28', undefined],
  ['2025-11-25', '2026-12-24', 'certificate-ends'],
  ['2025-11-25', '2026-12-26', undefined],
  // one that a machine made itself
  ['2025-11-25', '9999-12-31', undefined],
])('a certificate from %s to %s: %s', (startsAt, endsAt, code) => {
  const term = { holder: 'ctl1', startsAt: `${startsAt}T00:00:00Z`, endsAt: `${endsAt}T00:00:00Z` };
  expect(termFindings(term, NOW, 'another one')[0]?.code).toBe(code);
});
