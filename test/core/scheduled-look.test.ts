import { describe, expect, test } from 'vitest';
import type { FleetView } from '../../core/fleet-view.js';
import type { Problem } from '../../core/problems.js';
import { driftSince, hasNewDrift, oldestEvidence, scheduledLookOf } from '../../core/scheduled-look.js';

const at = (hour: number) => new Date(Date.UTC(2026, 10, 25, hour)).toISOString();

function lookAt(
  hour: number,
  problems: Record<string, Problem['code'] | null>,
  before = null as ReturnType<typeof scheduledLookOf> | null,
) {
  const nodes = Object.entries(problems).map(([name, code]) => ({
    ...{ name, site: 'one', standing: 'serving' as const, fenced: false, keys: [] },
    reachable: code !== 'unreachable',
    problems: code === null ? [] : [{ code, message: `${name}: ${code}` }],
  }));
  const inSync = nodes.every(({ problems }) => problems.length === 0);
  const view: FleetView = { fleet: 'test', at: at(hour), inSync, nodes, keys: [] };
  return scheduledLookOf(view, null, before);
}

describe('drift', () => {
  test('is news once: not when the next look finds the same, but when it finds more', () => {
    const first = lookAt(1, { ctl1: null, ctl2: 'missing-key' });
    const same = lookAt(2, { ctl1: null, ctl2: 'missing-key' }, first);
    const more = lookAt(3, { ctl1: 'extra-key', ctl2: 'missing-key' }, same);
    const less = lookAt(4, { ctl1: 'extra-key', ctl2: null }, more);
    expect([hasNewDrift(first, null), hasNewDrift(same, first)]).toEqual([true, false]);
    expect([hasNewDrift(more, same), hasNewDrift(less, more)]).toEqual([true, false]);
    expect(
      hasNewDrift(lookAt(6, { ctl1: 'extra-key' }, lookAt(5, { ctl1: null })), lookAt(5, { ctl1: null })),
    ).toBe(true);
  });

  test('a problem of the fleet as a whole is drift too', () => {
    const view: FleetView = { fleet: 'test', at: at(1), inSync: true, nodes: [], keys: [] };
    const look = scheduledLookOf(view, { code: 'inventory-changed', message: 'fewer nodes' }, null);
    expect(look).toMatchObject({ inSync: false, drift: [{ node: '', code: 'inventory-changed' }] });
  });

  test('ends with an operation that completes, because that leaves every node in sync', () => {
    const look = lookAt(2, { ctl1: 'missing-key' });
    expect(driftSince(look, at(1))).toHaveLength(1);
    expect(driftSince(look, at(3))).toEqual([]);
    expect(driftSince(null, null)).toEqual([]);
  });
});

describe('the oldest evidence', () => {
  test('is the last look where every node could be read', () => {
    expect(oldestEvidence(lookAt(2, { ctl1: null }), null)).toBe(at(2));
    expect(oldestEvidence(lookAt(2, { ctl1: null }), at(3))).toBe(at(3));
    expect(oldestEvidence(null, at(3))).toBe(at(3));
    expect(oldestEvidence(null, null)).toBeNull();
  });

  test('is the last time that an unreachable node was read, through several looks', () => {
    const good = lookAt(1, { ctl1: null, ctl2: null });
    const away = lookAt(2, { ctl1: null, ctl2: 'unreachable' }, good);
    const still = lookAt(3, { ctl1: null, ctl2: 'unreachable' }, away);
    expect(oldestEvidence(still, null)).toBe(at(1));
    expect(oldestEvidence(lookAt(2, { ctl1: 'unreachable' }), null)).toBeNull();
  });
});
