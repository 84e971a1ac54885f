import { describe, expect, test } from 'vitest';
import { cellOf, rowsOf } from '../../dashboard/page/matrix-rows.js';
import { chosenNodes } from '../../dashboard/nodes.js';
import type { Fleet } from '../../dashboard/schemas.js';
import { seededFleet } from '../../lab/seeding/scripts.js';

function fleetOf(nodes: number, sites: number, differing: number): Fleet {
  const { view } = seededFleet('matrix', nodes, sites, differing);
  const look = { at: view.at, staleAt: view.at, isStale: false, inSync: view.inSync, by: 'verify' as const };
  return {
    fleet: 'matrix',
    version: '1',
    look,
    keys: view.keys,
    nodes: view.nodes.map((node) => ({ ...node, seenAt: view.at })),
  };
}

describe('nodes × keys', () => {
  test('three thousand nodes in thirty sites are thirty rows, and the nodes that differ', () => {
    const fleet = fleetOf(3_000, 30, 2);
    const rows = rowsOf(chosenNodes(fleet.nodes, { sort: 'site' }), fleet, 'site', {});
    expect(rows.filter(({ kind }) => kind === 'site')).toHaveLength(30);
    expect(rows.flatMap((row) => (row.kind === 'node' ? [row.node.name] : []))).toEqual([
      'region-1-ctl1',
      'region-2-ctl1',
    ]);
    expect(rows[0]).toMatchObject({
      site: 'region-1',
      nodes: 100,
      differing: 1,
      holders: [100, 100, 100, 99],
    });
  });

  test('a site that is opened shows every node in the order of the numbers in their names', () => {
    const fleet = fleetOf(60, 2, 0);
    const rows = rowsOf(chosenNodes(fleet.nodes, { sort: 'site' }), fleet, 'site', { 'region-1': false });
    const names = rows.flatMap((row) => (row.kind === 'node' ? [row.node.name] : []));
    expect(names).toHaveLength(30);
    expect(names.slice(8, 11)).toEqual(['region-1-ctl9', 'region-1-ctl10', 'region-1-ctl11']);
  });

  test('what is stale, or was not read, is unknown, whatever was there before', () => {
    const fleet = fleetOf(3, 1, 1);
    const [lacking, sound] = fleet.nodes;
    const old = fleet.keys.at(-1)!;
    expect(cellOf(lacking!, old, false)).toEqual({ icon: 'missing', text: 'missing' });
    expect(cellOf(sound!, fleet.keys[0]!, false).text).toMatch(/^primary/);
    for (const key of fleet.keys) {
      expect(cellOf(sound!, key, true).text).toBe('unknown');
      expect(cellOf({ ...sound!, reachable: false }, key, false).text).toBe('unknown');
    }
  });

  test('a filter finds nodes by name, site, and the code of a problem', () => {
    const { nodes } = fleetOf(60, 3, 1);
    const found = (query: object) => chosenNodes(nodes, { sort: 'site', ...query }).map(({ name }) => name);
    expect(found({ search: 'missing-KEY' })).toEqual(['region-1-ctl1']);
    expect(found({ only: 'differing' })).toEqual(['region-1-ctl1']);
    expect(found({ site: 'region-2' })).toHaveLength(20);
  });
});
