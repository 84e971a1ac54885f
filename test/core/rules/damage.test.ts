import { describe, expect, test } from 'vitest';
import type { Damage } from '../../../core/repository.js';
import { problem, type NodeDetails } from '../text.js';
import { allowing, inSequence, next, revoked, type Scene } from './scene.js';

const MALFORMED: Damage = { kind: 'malformed', index: 0 };
/** Above every key of these tests. */
const MALFORMED_TOP: Damage = { kind: 'malformed', index: 9 };
const STRAY: Damage = { kind: 'stray', name: 'notes.txt' };
const PERMISSIONS: Damage = { kind: 'permissions', index: 1, key: 'P' };
const HEALTHY = 'a: 0:S 1:P | b: 0:S 1:P';

function broken(damage: readonly Damage[], rest: NodeDetails = {}): Scene['details'] {
  return { b: { damage, ...rest } };
}

describe('rule 2: what is damaged', () => {
  test.each<[string, Damage]>([
    ['malformed-key', MALFORMED],
    ['stray-file', STRAY],
    ['permissions', PERMISSIONS],
  ])('%s is refused, and mended when that was allowed', (code, damage) => {
    const scene: Scene = { before: [HEALTHY], details: broken([damage]) };
    expect(next('a: 0:S 1:P | b: 1:P', scene)).toBe(`refuse ${code}: b`);
    expect(next('a: 0:S 1:P | b: 1:P', { ...scene, then: allowing('a') })).toBe(`refuse ${code}: b`);
    expect(next('a: 0:S 1:P | b: 1:P', { ...scene, then: allowing('b') })).toBe('reconcile: mend P S on b');
  });

  test('nothing is mended before everything that is broken may be', () => {
    const details = { a: { damage: [STRAY] }, b: { damage: [MALFORMED] } };
    const fleet = `${HEALTHY} | c: 0:S 1:P`;
    expect(next(fleet, { before: [fleet], details, then: allowing('b') })).toBe('refuse stray-file: a');
  });

  test('what the writer cannot mend is refused, even where a repair was allowed', () => {
    const then = allowing('b');
    const problems = [problem('malformed-key'), problem('no-repository')];
    expect(next(HEALTHY, { details: broken([MALFORMED], { problems }), then, before: [HEALTHY] })).toBe(
      'refuse malformed-key: b b',
    );
    const nameless = broken([], { problems: [problem('permissions')] });
    expect(next(HEALTHY, { details: nameless, then, before: [HEALTHY] })).toBe('refuse permissions: b');
    const empty = broken([MALFORMED], { problems: [problem('malformed-key'), problem('empty-repository')] });
    expect(next('a: 0:S 1:P | b: empty', { details: empty, then, before: [HEALTHY] })).toBe(
      'refuse malformed-key: b b',
    );
  });

  test('without a sound primary there is nothing to mend with', () => {
    const details = { a: { damage: [MALFORMED_TOP] } };
    expect(next('a: 0:S 1:P', { before: ['a: 0:S 1:P'], details, then: allowing('a') })).toBe(
      'refuse malformed-key: a',
    );
  });

  test('the key below a broken one on top does not lead', () => {
    const details = { a: { damage: [MALFORMED_TOP] } };
    const text = 'a: 0:N 1:P 2:S | b: 0:S 1:N 2:P';
    expect(next(text, { before: [HEALTHY], details, then: allowing('a') })).toBe('reconcile: mend P N on a');
  });

  test('without a staged key anywhere, a broken slot 0 becomes a copy of the primary', () => {
    const scene = { before: ['a: 1:P | b: 1:P'], details: broken([MALFORMED]), then: allowing('b') };
    expect(next('a: 1:P | b: 1:P', scene)).toBe('reconcile: mend P P on b');
  });
});

describe('rule 2: what is empty', () => {
  const now = 'a: 0:S 1:O 2:P | b: empty';
  const before = ['a: 0:S 1:P | b: 0:S 1:P'];

  test('a serving node is refused, and gets the primary first when a repair was allowed', () => {
    expect(next(now, { before })).toBe('refuse empty-repository: b');
    expect(next(now, { before, then: allowing('b') })).toBe('reconcile: seed 2:P on b');
  });

  test('a new node may be empty', () => {
    expect(next(now, { before: ['a: 0:S 1:P'] })).toBe('reconcile: seed 2:P on b');
    expect(next('a: 0:P | b: empty', { before: ['a: 0:P'] })).toBe('reconcile: seed 1:P on b');
  });

  test('what is broken there is mended, not seeded', () => {
    const scene = { before, details: broken([MALFORMED]), then: allowing('b') };
    expect(next('a: 0:S 1:P | b: empty', scene)).toBe('reconcile: mend P S on b');
  });

  test('a fleet that is empty everywhere gets its first key only by an operator’s word on every node', () => {
    const scene = { before: ['a: empty | b: empty'] };
    expect(next('a: empty | b: empty', scene)).toBe('refuse empty-repository: a b');
    expect(next('a: empty | b: empty', { ...scene, then: allowing('a') })).toBe('refuse empty-repository: b');
    expect(next('a: empty | b: empty', { ...scene, then: allowing('a', 'b') })).toBe(
      'distribute: make incoming on a',
    );
  });

  test('an empty fleet takes no keys from a new node', () => {
    const scene = { before: ['a: empty'], then: allowing('a') };
    expect(next('a: empty | b: 0:Y 1:X', scene)).toBe('distribute: make incoming on a');
  });
});

describe('rule 3: a primary that nobody vouches for', () => {
  const now = 'a: 0:S 1:P | b: 0:Y 1:X';
  const before = [HEALTHY];

  test('stops the fleet', () => {
    expect(next(now, { before })).toBe('refuse unknown-primary: b');
    expect(next(now)).toBe('refuse unknown-primary: a b');
  });

  test('is not spread where a repair was allowed; the node is brought the fleet’s keys', () => {
    const then = allowing('b');
    expect(next(now, { before, then })).toBe('reconcile: hold P on b');
    expect(next('a: 0:S 1:P | b: 0:Y 1:P 2:X', { before, then })).toBe('reconcile: hold S on b');
    // Its standby is no primary: it may be known to all.
    expect(next('a: 0:S 1:P | b: 0:Y 1:S 2:P 3:X', { before, then })).toBe('reconcile: hold Y on a');
    const equal = 'a: 0:S 1:Y 2:P | b: 0:Y 1:S 2:P 3:X';
    expect(next(equal, { before, then })).toBe('reconcile: promote P on b');
  });

  test('leads nobody: with nothing else to go by, even an allowed one is refused', () => {
    expect(next(now, { then: allowing('a', 'b') })).toBe('refuse unknown-primary: a b');
  });

  test('is none when another node has it, it was known before, or an operator approved it', () => {
    expect(next('a: 0:S 1:X 2:P | b: 0:S 1:P 2:X', { before })).toBe('reconcile: promote X on a');
    expect(next('a: 0:S 1:P | b: 0:N 1:P 2:S', { before })).toBe('reconcile: hold N on a');
    const approved = allowing('b');
    const then = inSequence(approved, (ledger) => ({
      ...ledger,
      keys: {
        ...ledger.keys,
        X: { firstSeenAt: 0, trusted: true, mayBePrimary: false, lastPrimaryAt: 0 },
      },
    }));
    expect(next(now, { before, then })).toBe('reconcile: hold P on b');
    expect(next('a: 0:S 1:P | b: 0:Y 1:P 2:X', { before, then })).toBe('reconcile: hold X on a');
  });

  test('is a live key like any other once a second node has it', () => {
    const split = ['a: 0:S 1:P | b: 0:S 1:X | c: 0:S 1:P'];
    expect(next('a: 0:S 1:P | b: 0:S 1:X 2:P | c: 0:S 1:X 2:P', { before: split })).toBe(
      'reconcile: hold X on a',
    );
    expect(next('a: 0:S 1:X 2:P | b: 0:S 1:P 2:X | c: 0:S 1:P', { before: split })).toBe(
      'reconcile: hold X on c',
    );
  });

  test('a revoked key is no stranger: the node is brought back to the fleet’s primary', () => {
    expect(next('a: 0:S 1:P | b: 0:S 1:X', { before, then: revoked('X') })).toBe('reconcile: hold P on b');
    expect(next('a: 0:S 1:P | b: 0:S 1:P 2:X', { before, then: revoked('X') })).toBe(
      'reconcile: promote P on b over X',
    );
  });
});
