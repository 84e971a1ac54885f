import { describe, expect, test } from 'vitest';
import { sound } from '../../core/repository.js';
import { VirtualFleet } from './virtual-fleet.js';

const OLD = { 0: 'S', 1: 'O', 2: 'P' };

function revokedFleet(): VirtualFleet {
  const fleet = new VirtualFleet({ a: OLD, b: OLD, c: OLD });
  expect(fleet.revoke().step.kind).toBe('done');
  fleet.sync();
  expect(fleet.isInSync()).toBe(true);
  return fleet;
}

const keysOfAll = (fleet: VirtualFleet) =>
  Object.values(fleet.nodes).flatMap(({ repository }) => Object.values(repository));

describe('disks from before a revocation', () => {
  test('what was revoked is overwritten wherever it turns up again, and never spread', () => {
    const fleet = revokedFleet();
    fleet.nodes.c = sound(OLD);
    fleet.sync();
    expect(keysOfAll(fleet)).not.toEqual(expect.arrayContaining(['S']));
    expect(keysOfAll(fleet)).not.toEqual(expect.arrayContaining(['P']));
    expect(fleet.isInSync()).toBe(true);
  });

  test('with nothing else left anywhere, rotating leads away from what was revoked', () => {
    const fleet = revokedFleet();
    for (const name of ['a', 'b', 'c']) fleet.nodes[name] = sound(OLD);
    expect(fleet.rotate().step.kind).toBe('done');
    for (const old of Object.values(OLD)) expect(keysOfAll(fleet)).not.toContain(old);
    expect(fleet.isInSync()).toBe(true);
  });
});
