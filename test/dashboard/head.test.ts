import { describe, expect, test } from 'vitest';
import { headOf, type Standing } from '../../dashboard/head.js';
import type { Fleet, OperationNow, PastOperation } from '../../dashboard/schemas.js';
import { seededFleet } from '../../lab/seeding/scripts.js';

const NOW = Date.parse('2026-11-25T12:00:00Z');
const AT = '2026-11-25T11:59:00.000Z';

function fleetOf(change: Partial<NonNullable<Fleet['look']>> = {}, differing = 0): Fleet {
  const { view } = seededFleet('head', 3, 1, differing);
  return {
    fleet: 'head',
    version: '1',
    look: { at: AT, staleAt: AT, isStale: false, inSync: differing === 0, by: 'verify', ...change },
    keys: view.keys,
    nodes: view.nodes.map((node) => ({ ...node, seenAt: AT })),
  };
}

const LAST: PastOperation = {
  runId: 'r',
  type: 'rotation',
  startedAt: AT,
  endedAt: AT,
  seconds: 1,
  outcome: 'completed',
  error: null,
  reason: null,
  startedBy: null,
};

const WELL: Standing = {
  temporal: { reachable: true, since: AT, message: null },
  fleet: fleetOf(),
  running: null,
  last: LAST,
  overdue: null,
  timer: { paused: false, note: null, lastRun: null },
  noWorker: 'no worker polls rotor/head',
};

const BLOCKED: OperationNow = {
  ...{ runId: 'r', type: 'rotation', startedAt: AT, startedBy: null, why: null, state: 'blocked' },
  ...{ phase: 'survey', reason: 'waiting for ctl3', answers: ['retry'], counts: {}, steps: [], retries: [] },
  blocking: [{ node: 'ctl3', code: 'unreachable', message: 'ctl3: no route to host', since: AT }],
  commands: ['rotor retry', 'rotor fence ctl3'],
};

describe('the first line', () => {
  test('all is well only with a fresh look that found all nodes alike, a timer, and nothing in the way', () => {
    expect(headOf(WELL, NOW)).toMatchObject({ tone: 'good', title: 'In sync', commands: [] });
  });

  test.each<[string, Partial<Standing>, string]>([
    ['Temporal is away', { temporal: { reachable: false, since: AT, message: 'gone' } }, 'unknown'],
    ['the look is stale', { fleet: fleetOf({ isStale: true, inSync: null }) }, 'unknown'],
    ['nobody has looked', { fleet: { ...fleetOf(), look: null, nodes: [] }, last: null }, 'unknown'],
    ['no worker answers', { fleet: { ...fleetOf(), look: null, nodes: [] } }, 'bad'],
    ['a node differs', { fleet: fleetOf({}, 1) }, 'bad'],
    ['a rotation waits', { running: BLOCKED }, 'bad'],
    ['the last one failed', { last: { ...LAST, outcome: 'failed' } }, 'bad'],
    ['it is overdue', { overdue: { code: 'not-rotated', message: 'none', since: AT } }, 'attention'],
    ['the timer is paused', { timer: { paused: true, note: null, lastRun: null } }, 'attention'],
    ['there is no timer', { timer: null }, 'attention'],
    ['the last one was put back', { last: { ...LAST, outcome: 'compensated' } }, 'attention'],
  ])('it is never good when %s', (_, change, tone) => {
    expect(headOf({ ...WELL, ...change }, NOW).tone).toBe(tone);
  });

  test('a rotation that waits says for whom, since when, why, and what to type', () => {
    expect(headOf({ ...WELL, running: BLOCKED }, NOW)).toEqual({
      tone: 'bad',
      title: 'The rotation waits for ctl3',
      sentences: ['For 1m: ctl3: no route to host'],
      commands: ['rotor retry', 'rotor fence ctl3'],
    });
  });
});
