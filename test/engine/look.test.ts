import { expect, test } from 'vitest';
import type { FleetDescription, NodeReading } from '../../core/messages.js';
import { NO_NOTES, lookAnew } from '../../engine/look.js';

function fleetOf(...names: string[]): FleetDescription {
  return {
    fleet: 'production',
    nodes: names.map((name) => ({ name, site: 'paris', canBeProbed: false })),
    policy: { expirationMs: 0, allowExpiredWindowMs: 0, marginMs: 0, maxFiles: 0, maxActiveKeys: null },
    ...{ pauseMs: 0, waitForNodeMs: 0, everyMs: 0 },
  };
}

/** Of a fleet whose inventory says this now; the names are those of each visit. */
function worldOf(describe: () => Promise<FleetDescription>) {
  const visited: (readonly string[])[] = [];
  const read = (node: string): NodeReading => ({
    ...{ node, reachable: true, repository: { 0: node }, damage: [], problems: [] },
  });
  const survey = ({ nodes }: { nodes: readonly string[] }) => {
    visited.push(nodes);
    // As an activity answers to a node that its inventory does not name.
    if (nodes.includes('gone')) return Promise.reject(new Error('node gone is not in the inventory'));
    return Promise.resolve(nodes.map(read));
  };
  return { visited, world: { now: () => 0, describeFleet: describe, survey } };
}

const namesOf = (nodes: readonly { name: string }[]) => nodes.map(({ name }) => name);

test('a first look asks for the nodes, then visits them', async () => {
  const { world, visited } = worldOf(() => Promise.resolve(fleetOf('a', 'b')));
  const { fleet, survey } = await lookAnew(world, fleetOf(), NO_NOTES);
  expect(visited).toEqual([['a', 'b']]);
  expect(namesOf(fleet.nodes)).toEqual(['a', 'b']);
  expect(namesOf(survey.nodes)).toEqual(['a', 'b']);
});

test('nodes that are known are visited while the inventory is asked, and once', async () => {
  const order: string[] = [];
  const { world, visited } = worldOf(async () => {
    await Promise.resolve();
    order.push(`described after ${visited.length} visits`);
    return fleetOf('a', 'b');
  });
  const { survey } = await lookAnew(world, fleetOf('a', 'b'), NO_NOTES);
  expect(order).toEqual(['described after 1 visits']);
  expect(visited).toEqual([['a', 'b']]);
  expect(namesOf(survey.nodes)).toEqual(['a', 'b']);
});

test('a fleet that has become another one is visited as it is now; what was found before counts for nothing', async () => {
  for (const known of [fleetOf('a'), fleetOf('a', 'b', 'c'), fleetOf('gone', 'a')]) {
    const { world, visited } = worldOf(() => Promise.resolve(fleetOf('a', 'b')));
    const { survey } = await lookAnew(world, known, NO_NOTES);
    expect(visited).toEqual([namesOf(known.nodes), ['a', 'b']]);
    expect(namesOf(survey.nodes)).toEqual(['a', 'b']);
  }
});

test('a node that is reached in another way now is visited again', async () => {
  const described = fleetOf('a');
  const nodes = described.nodes.map((node) => ({ ...node, isPull: true as const }));
  const { world, visited } = worldOf(() => Promise.resolve({ ...described, nodes }));
  await lookAnew(world, fleetOf('a'), NO_NOTES);
  expect(visited).toEqual([['a'], ['a']]);
});

test('an inventory without an answer is what is said, after the visit has ended', async () => {
  const { world } = worldOf(() => Promise.reject(new Error('no answer')));
  await expect(lookAnew(world, fleetOf('gone'), NO_NOTES)).rejects.toThrow('no answer');
});

test('a visit that failed is an error where the nodes are the same', async () => {
  const { world } = worldOf(() => Promise.resolve(fleetOf('gone')));
  await expect(lookAnew(world, fleetOf('gone'), NO_NOTES)).rejects.toThrow('node gone');
});
