import type { PeerRuns, ScaleRuns, UnrulyRun } from './scale.js';

export interface ScaleReport {
  readonly nodes: number;
  readonly sites: number;
  readonly runs: number;
  readonly rotor: {
    readonly seconds: readonly number[];
    /** Of each run: when no activity was at work on a node. */
    readonly secondsWithoutNodes: readonly number[];
    readonly workerRssMb: number;
    readonly cpuSeconds: number;
    readonly historyEvents: number;
    readonly historyBytes: number;
    /** How often all or some of the nodes were visited. */
    readonly passes: number;
  };
  readonly floor: {
    readonly seconds: readonly number[];
    readonly rssMb: number;
    readonly cpuSeconds: number;
  };
  /** Of the runs of one turn: least, median, most. */
  readonly ratioToFloor: readonly [number, number, number];
  readonly peers: readonly PeerRuns[];
  /** With nodes that flap and hang, when that was asked for. */
  readonly unruly?: {
    readonly nodes: number;
    readonly seconds: readonly number[];
    /** How much longer all passes that place keys took for the other nodes: least, median, most. */
    readonly ratioOfOthers: readonly [number, number, number];
    readonly inSync: boolean;
  };
}

export function reportOf(
  { rotor, floor, peers, unruly }: ScaleRuns,
  size: { nodes: number; sites: number },
): ScaleReport {
  const ratios = rotor.map(({ seconds }, run) => seconds / floor[run]!.seconds);
  const most = (values: number[]) => Math.max(...values);
  return {
    ...size,
    runs: rotor.length,
    rotor: {
      seconds: rotor.map(({ seconds }) => rounded(seconds)),
      secondsWithoutNodes: rotor.map(({ secondsWithoutNodes }) => rounded(secondsWithoutNodes)),
      workerRssMb: Math.round(most(rotor.map(({ worker }) => worker.peakRssMb))),
      cpuSeconds: rounded(median(rotor.map(({ worker }) => worker.cpuSeconds))),
      historyEvents: most(rotor.map(({ events }) => events)),
      historyBytes: most(rotor.map(({ bytes }) => bytes)),
      passes: most(rotor.map(({ passes }) => passes.length)),
    },
    floor: {
      seconds: floor.map(({ seconds }) => rounded(seconds)),
      rssMb: Math.round(most(floor.map(({ client }) => client.peakRssMb))),
      cpuSeconds: rounded(median(floor.map(({ client }) => client.cpuSeconds))),
    },
    ratioToFloor: spreadOf(ratios),
    peers: peers.map((peer) => ({ ...peer, seconds: peer.seconds.map(rounded) })),
    ...(unruly.length > 0 && { unruly: unrulyReportOf(unruly) }),
  };
}

function unrulyReportOf(runs: readonly UnrulyRun[]): ScaleReport['unruly'] {
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  return {
    nodes: runs[0]!.nodes,
    seconds: runs.map(({ seconds }) => rounded(seconds)),
    ratioOfOthers: spreadOf(runs.map(({ others }) => sum(others.besideUnruly) / sum(others.alone))),
    inSync: runs.every(({ inSync }) => inSync),
  };
}

/** Least, median, most. */
function spreadOf(values: readonly number[]): [number, number, number] {
  return [Math.min(...values), median(values), Math.max(...values)].map(rounded) as [number, number, number];
}

export function renderReport(report: ScaleReport): string {
  const { nodes, sites, rotor, floor, ratioToFloor, peers, unruly } = report;
  const [least, middle, most] = ratioToFloor;
  return [
    `${nodes} nodes at ${sites} sites, ${rotor.passes} passes`,
    `rotor  ${median(rotor.seconds).toFixed(1)} s, of which ${median(rotor.secondsWithoutNodes).toFixed(1)} s without a visit; worker: ${rotor.workerRssMb} MB, ${perNode(rotor.cpuSeconds, nodes)}`,
    `floor  ${median(floor.seconds).toFixed(1)} s; client: ${floor.rssMb} MB, ${perNode(floor.cpuSeconds, nodes)}`,
    `ratio  ${middle} (${least} to ${most})`,
    `history  ${rotor.historyEvents} events, ${rotor.historyBytes} bytes`,
    ...(unruly ? [unrulyLine(unruly)] : []),
    ...peers.map((peer) => `${peer.name}  ${median(peer.seconds).toFixed(1)} s for ${peer.nodes} nodes`),
    '',
  ].join('\n');
}

function unrulyLine({ nodes, seconds, ratioOfOthers, inSync }: NonNullable<ScaleReport['unruly']>): string {
  const [least, middle, most] = ratioOfOthers;
  const end = inSync ? 'all are equal' : 'NOT ALL ARE EQUAL';
  return `with ${nodes} unruly nodes  ${median(seconds).toFixed(1)} s; placing took ${middle} times as long for the others (${least} to ${most}); in the end ${end}`;
}

function perNode(cpuSeconds: number, nodes: number): string {
  return `${((cpuSeconds * 1000) / nodes).toFixed(1)} ms of CPU a node`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
