import { expect, test } from 'vitest';
import { recipientFindings, type RecipientFacts } from '../../../core/doctor/recipients.js';

const MIXED: RecipientFacts = {
  nodes: [{ name: 'push' }, { name: 'pull', isPull: true }],
  approved: ['pull', 'worker'],
  retired: null,
  workers: ['1@a'],
  workersOf: { pull: [], worker: ['1@a'] },
};

const found = (change: Partial<RecipientFacts>) =>
  recipientFindings({ ...MIXED, ...change }).map(({ code, node, message }) => `${code}: ${node ?? message}`);

test('a mixed fleet in which everybody is approved has nothing to say', () => {
  expect(found({})).toEqual([]);
});

test('a pull node whom nobody approved, unless it is alone', () => {
  expect(found({ approved: ['worker'] })).toEqual(['recipient-unapproved: pull']);
  expect(found({ approved: [], nodes: [{ name: 'pull', isPull: true }] })).toEqual([]);
});

test('a pull node that a CA may have signed, only when it was retired', () => {
  expect(found({ approved: [], retired: [] })).toEqual([]);
  expect(found({ approved: [], retired: ['pull'] })).toEqual(['recipient-unapproved: pull']);
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
