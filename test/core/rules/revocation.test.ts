import { describe, expect, test } from 'vitest';
import { revokeAll, type Ledger } from '../../../core/ledger.js';
import { problem } from '../text.js';
import { allowing, asked, inSequence, made, next, type Scene } from './scene.js';

const HEALTHY = 'a: 0:S 1:P | b: 0:S 1:P';
const STRAY = { kind: 'stray', name: 'x' } as const;
/** Both new keys are everywhere, then first everywhere. */
const HELD = '0:S 1:A 2:B 3:P';
const LED = '0:S 1:B 2:P 3:A';

function revoking(made: { primary: string | null; staged: string | null }, scene: Scene = {}): Scene {
  const known = (ledger: Ledger) => withMade(revokeAll(ledger));
  return {
    before: [HEALTHY],
    ...scene,
    intent: { kind: 'revoke', ...made },
    then: inSequence(known, scene.then ?? ((ledger) => ledger)),
  };
}
const withMade = made('A', 'B');
const BOTH = { primary: 'A', staged: 'B' };

describe('rule 12: revoking', () => {
  test.each<[string, string, string | null, string | null, string]>([
    ['makes a primary', HEALTHY, null, null, 'revoke: make primary on a'],
    ['makes it again when it is nowhere', HEALTHY, 'A', null, 'revoke: make primary on a'],
    ['spreads it', 'a: 0:S 1:A 2:P | b: 0:S 1:P', 'A', null, 'revoke: hold A on b'],
    ['makes a standby', 'a: 0:S 1:A 2:P | b: 0:S 1:A 2:P', 'A', null, 'revoke: make staged on a'],
    ['spreads it', `a: ${HELD} | b: 0:S 1:A 2:P`, 'A', 'B', 'revoke: hold B on b'],
    ['promotes on a canary', `a: ${HELD} | b: ${HELD}`, 'A', 'B', 'revoke: promote A on a'],
    [
      'and on the rest, before anything is overwritten',
      `a: ${LED} | b: ${HELD}`,
      'A',
      'B',
      'revoke: promote A on b',
    ],
    ['stages over all others', `a: ${LED} | b: ${LED}`, 'A', 'B', 'revoke: stage B on a b over P S'],
    ['on those that lack it', `a: 0:B 1:B 2:P 3:A | b: ${LED}`, 'A', 'B', 'revoke: stage B on b over P S'],
    ['overwrites all others', 'a: 0:B 1:B 2:P 3:A | b: 0:B 1:A', 'A', 'B', 'revoke: expire on a over P'],
    ['and is done', 'a: 0:B 1:A 2:A | b: 0:B 1:A', 'A', 'B', 'done'],
  ])('%s', (_, now, primary, staged, expected) => {
    expect(next(now, revoking({ primary, staged }))).toBe(expected);
  });

  test('every Keystone that can be asked is asked first', () => {
    const details = { a: asked('A', 'B'), b: asked('A') };
    expect(next(`a: ${HELD} | b: ${HELD}`, revoking(BOTH, { details }))).toBe('confirm: probe A B on b');
  });

  test('nothing is overwritten on the way, although every old key is revoked', () => {
    expect(next('a: 0:S 1:A 2:P | b: 0:S 1:A 2:P', revoking({ primary: 'A', staged: null }))).not.toContain(
      'over',
    );
  });
});

describe('nodes that are in the way of a revocation', () => {
  const REACHED = 'a: 0:B 1:A | b: 0:B 1:A';
  const before = [`${HEALTHY} | c: 0:S 1:P`];
  const broken = (codes: Parameters<typeof problem>[0][], damage = [STRAY]) => ({
    c: { damage, problems: codes.map(problem) },
  });

  test('one that cannot be read is waited for at the end, whether it serves or is new', () => {
    expect(next(`${REACHED} | c: away`, revoking(BOTH, { before }))).toBe('wait: c unreachable');
    expect(next(`${REACHED} | c: away`, revoking(BOTH))).toBe('wait: c unreachable');
    expect(next(`a: ${HELD} | b: ${HELD} | c: away`, revoking(BOTH, { before }))).toBe(
      'revoke: promote A on a',
    );
  });

  test('one without any key accepts nothing, and is not waited for', () => {
    expect(next(`${REACHED} | c: empty`, revoking(BOTH, { before }))).toBe('done');
    const details = broken(['stray-file']);
    expect(next(`${REACHED} | c: empty`, revoking(BOTH, { before, details }))).toBe('wait: c stray-file');
  });

  test('without a healthy node it waits for the rest, or there is nothing to revoke', () => {
    expect(next('a: away | b: away', revoking(BOTH))).toBe('wait: a unreachable, b unreachable');
    expect(next('a: empty | b: empty', revoking(BOTH))).toBe('done');
  });

  test('a broken one is mended when that was allowed, as soon as both new keys are on all others', () => {
    const details = broken(['stray-file']);
    const now = `${REACHED} | c: 0:S 1:P`;
    expect(next(now, revoking(BOTH, { before, details }))).toBe('wait: c stray-file');
    expect(next(now, revoking(BOTH, { before, details, then: allowing('c') }))).toBe('revoke: mend A B on c');
    const held = `a: ${HELD} | b: ${HELD} | c: 0:S 1:P`;
    expect(next(held, revoking(BOTH, { before, details, then: allowing('c') }))).toBe(
      'revoke: mend A B on c',
    );
    const early = 'a: 0:S 1:A 2:P | b: 0:S 1:P | c: 0:S 1:P';
    expect(next(early, revoking(BOTH, { before, details, then: allowing('c') }))).toBe('revoke: hold A on b');
  });

  test('what cannot be mended is waited for', () => {
    const then = allowing('c');
    const now = `${REACHED} | c: 0:S 1:P`;
    const both = broken(['stray-file', 'no-repository']);
    expect(next(now, revoking(BOTH, { before, details: both, then }))).toBe(
      'wait: c stray-file, c no-repository',
    );
    const nameless = broken(['permissions'], []);
    expect(next(now, revoking(BOTH, { before, details: nameless, then }))).toBe('wait: c permissions');
    const healthy = `a: ${HELD} | b: ${HELD} | c: ${HELD}`;
    expect(next(healthy, revoking(BOTH, { before, then }))).toBe('revoke: promote A on a');
    const unnamed = broken([], []);
    expect(next(`${REACHED} | c: 0:B 1:A`, revoking(BOTH, { before, details: unnamed, then }))).toBe('done');
  });
});
