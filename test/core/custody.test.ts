import { expect, test } from 'vitest';
import {
  NOTHING_ON_RECORD,
  closed,
  ended,
  isClosed,
  objectionToClosing,
  objectionToOpening,
  objectionToWriting,
  opened,
  written,
} from '../../core/custody.js';
import { EMPTY_LEDGER, nextRevision, type Ledger } from '../../core/ledger.js';

const first: Ledger = nextRevision(EMPTY_LEDGER);
const second: Ledger = nextRevision({ ...first, incoming: 'ba2988d6588220ac' });
const write = (operation: string, ledger: Ledger) => ({ operation, ledger });
const openedByA = opened(NOTHING_ON_RECORD, 'a');

test('a write that comes after a newer one of the same operation is refused', () => {
  const now = written(openedByA, write('a', second));
  expect(objectionToWriting(now, write('a', first))).toContain('older');
});

test('a write that is sent again because its reply was lost is taken, and changes nothing', () => {
  const now = written(openedByA, write('a', second));
  expect(objectionToWriting(now, write('a', second))).toBeNull();
  expect(written(now, write('a', second))).toEqual(now);
});

test('an operation that was superseded neither writes nor closes', () => {
  const now = opened(openedByA, 'b');
  expect(objectionToWriting(now, write('a', second))).toContain('superseded');
  expect(objectionToClosing(now, write('a', second))).toContain('superseded');
});

test('an operation that has ended or was superseded does not open again, however late it asks', () => {
  expect(objectionToOpening(opened(openedByA, 'b'), 'a')).not.toBeNull();
  expect(objectionToOpening(closed(openedByA, write('a', first)), 'a')).not.toBeNull();
});

test('the open operation may open again, as it does in a new history', () => {
  expect(objectionToOpening(openedByA, 'a')).toBeNull();
  expect(opened(openedByA, 'a')).toEqual(openedByA);
});

test('an end that is sent again because its reply was lost is no other end, also when an order came in between', () => {
  const now = closed(openedByA, write('a', first));
  const ordered = { ...ended(now), ledger: second };
  expect(objectionToClosing(ordered, write('a', first))).toBeNull();
  expect(isClosed(ordered, write('a', first))).toBe(true);
});

test('an operation that a client found ended can undo nothing that was said since', () => {
  const now = { ...ended(openedByA), ledger: second };
  expect(objectionToWriting(now, write('a', first))).toContain('ended already');
});

test('what ended is remembered, but not for ever', () => {
  const after = Array.from({ length: 100 }, (_, n) => `operation-${n}`).reduce(opened, NOTHING_ON_RECORD);
  expect(after.past).toHaveLength(20);
  expect(after.past[0]).toBe('operation-98');
});
