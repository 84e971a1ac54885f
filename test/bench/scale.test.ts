import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportOf, type ScaleReport } from '../../bench/scale/report.js';
import { runScale, type ScaleRuns } from '../../bench/scale/scale.js';

const SIZE = { nodes: 8, sites: 2 };
const directory = mkdtempSync(join(tmpdir(), 'rotor-scale-'));
let runs: ScaleRuns;
let report: ScaleReport;

beforeAll(async () => {
  runs = await runScale({
    ...{ directory, ...SIZE, runs: 1, pauseMs: 20, connections: 4, peerNodes: 1, unrulyPercent: 10 },
    say: () => {},
  });
  report = reportOf(runs, SIZE);
});
afterAll(() => rmSync(directory, { recursive: true }));

test('a rotation of more nodes than a worker may have connections, its floor and the peers, in the shape that is documented', () => {
  const number = expect.any(Number) as number;
  expect(JSON.parse(JSON.stringify(report))).toEqual({
    ...SIZE,
    runs: 1,
    rotor: {
      ...{ seconds: [number], secondsWithoutNodes: [number], workerRssMb: number, cpuSeconds: number },
      ...{ historyEvents: number, historyBytes: number, passes: number },
    },
    floor: { seconds: [number], rssMb: number, cpuSeconds: number },
    ratioToFloor: [number, number, number],
    // One node that flaps, and one that hangs.
    unruly: { nodes: 2, seconds: [number], ratioOfOthers: [number, number, number], inSync: true },
    peers: [
      { name: 'ansible', nodes: 1, seconds: [number] },
      { name: 'kolla-ansible rsync', nodes: 1, seconds: [number] },
    ],
  });
});

test('every node is visited in the passes that the floor repeats', () => {
  const [{ passes }] = runs.rotor as [(typeof runs.rotor)[0]];
  const kinds = passes.map((pass) => (pass.kind === 'place' ? pass.placement.kind : pass.kind));
  expect(kinds).toEqual(expect.arrayContaining(['read', 'make', 'hold', 'promote', 'stage']));
  for (const placement of ['promote', 'stage']) {
    const visited = passes.flatMap((pass) =>
      pass.kind === 'place' && pass.placement.kind === placement ? pass.nodes : [],
    );
    expect(new Set(visited).size).toBe(SIZE.nodes);
  }
});

test('the peers leave the new key as the primary', () => {
  const top = (node: string) => readFileSync(join(directory, 'farm/nodes', node, '4'), 'latin1');
  expect(top('node00000')).toMatch(/^[\w-]{43}=$/);
});
