/** The benchmark: rotor and the floor, one after the other, several times. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startTemporal } from '../../lab/temporal.js';
import { MOST_HANDSHAKES } from '../../nodes/turns.js';
import { runFloor, runRotor, type FloorRun, type RotorRun, type Settings } from './contestants.js';
import { startFarm, type Farm } from './farm.js';
import type { Pass } from './history.js';
import { PEERS, secondsOf } from './peers.js';
import { isInSync, secondsOfPlacements } from './placements.js';
import { unrulyFarm } from './unruly.js';

export interface ScaleOptions {
  readonly directory: string;
  readonly nodes: number;
  readonly sites: number;
  readonly runs: number;
  readonly pauseMs: number;
  readonly connections: number;
  /** How many of the nodes the peers rotate; none for no peers. */
  readonly peerNodes: number;
  /** Of a hundred nodes, how many flap and how many hang, in runs of their own; none for no such runs. */
  readonly unrulyPercent: number;
  readonly say: (line: string) => void;
}

export interface ScaleRuns {
  readonly rotor: readonly RotorRun[];
  readonly floor: readonly FloorRun[];
  readonly unruly: readonly UnrulyRun[];
  readonly peers: readonly PeerRuns[];
}

export interface UnrulyRun {
  /** Nodes that were unruly. */
  readonly nodes: number;
  readonly seconds: number;
  /** Of each pass that places a key: how long it took for all the others, with the unruly ones among them and without. */
  readonly others: { readonly besideUnruly: readonly number[]; readonly alone: readonly number[] };
  /** Whether all nodes were equal in the end. */
  readonly inSync: boolean;
}

export interface PeerRuns {
  readonly name: string;
  readonly nodes: number;
  readonly seconds: readonly number[];
}

/** Once each: they take minutes, and differ by far more than they vary. */
async function runPeers({ peerNodes, say }: ScaleOptions, farm: Farm): Promise<PeerRuns[]> {
  const nodes = farm.nodes.slice(0, peerNodes);
  const runs: PeerRuns[] = [];
  for (const peer of nodes.length === 0 ? [] : PEERS) {
    const seconds = await secondsOf(peer, farm, nodes);
    say(`${peer.name}: ${seconds.toFixed(1)} s for ${nodes.length} nodes`);
    runs.push({ name: peer.name, nodes: nodes.length, seconds: [seconds] });
  }
  return runs;
}

export async function runScale(options: ScaleOptions): Promise<ScaleRuns> {
  const { directory, unrulyPercent, say } = options;
  mkdirSync(directory, { recursive: true });
  const temporal = await startTemporal({ directory: join(directory, 'temporal') });
  const farm = await startFarm({ ...options, directory: join(directory, 'farm') });
  try {
    const settings: Settings = { ...options, farm, temporalAddress: temporal.address };
    const rotor: RotorRun[] = [];
    const floor: FloorRun[] = [];
    const unruly: UnrulyRun[] = [];
    for (let run = 1; run <= options.runs; run++) {
      const rotation = await runRotor(settings, `scale-${run}`);
      say(
        `run ${run}: rotor ${rotation.seconds.toFixed(1)} s, of which ${rotation.secondsWithoutNodes.toFixed(1)} s without a visit`,
      );
      if (unrulyPercent > 0) {
        unruly.push(await runUnruly(settings, unrulyPercent, run, rotation.passes));
        say(`run ${run}: with unruly nodes ${unruly.at(-1)!.seconds.toFixed(1)} s`);
      }
      const least = await runFloor(settings, rotation.passes, MOST_HANDSHAKES);
      say(`run ${run}: floor ${least.seconds.toFixed(1)} s`);
      rotor.push(rotation);
      floor.push(least);
    }
    return { rotor, floor, unruly, peers: await runPeers(options, farm) };
  } finally {
    await farm.stop();
    await temporal.stop();
  }
}

/** @param calm passes of the rotation just before, whose files still lie there */
async function runUnruly(
  settings: Settings,
  percent: number,
  run: number,
  calm: readonly Pass[],
): Promise<UnrulyRun> {
  const bad = await unrulyFarm(settings.farm, percent, run);
  const { farm, unruly } = bad;
  try {
    const others = new Set(farm.nodes.slice(1).flatMap(({ name }) => (unruly.has(name) ? [] : [name])));
    const alone = secondsOfPlacements(calm, farm, others);
    const { seconds, passes } = await runRotor({ ...settings, farm }, `unruly-${run}`);
    const besideUnruly = secondsOfPlacements(passes, farm, others);
    return { nodes: unruly.size, seconds, others: { besideUnruly, alone }, inSync: isInSync(farm) };
  } finally {
    await bad.stop();
  }
}
