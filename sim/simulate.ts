/** Many fleets, one after the other, until enough steps are done or something was violated. */
import { runEpisode, type EpisodeResult } from './episode.js';
import { Random } from './random.js';
import { drawFaults, type EpisodeOptions, type Sabotage } from './settings.js';
import type { Fault } from './faults.js';

export interface SimulationOptions {
  readonly seed: number;
  /** Undefined: drawn for each fleet. */
  readonly nodes: number | undefined;
  readonly faults: readonly Fault[] | undefined;
  readonly steps: number;
  readonly isVerbose: boolean;
  /** A mistake that is planted, to prove that it is found. */
  readonly sabotage?: Sabotage;
}

export interface SimulationResult {
  readonly steps: number;
  readonly violations: number;
  /** Of the fleet that violated something, else the one that was given: running it again does the same at once. */
  readonly seed: number;
}

/** Small fleets find most; large ones find what only many nodes do. */
const SIZES = [2, 3, 3, 3, 5, 5, 8, 20, 40];
const RARE_SIZES = [200, 1_000];
const RARE = 0.03;

/** The faults of a fleet's life, in steps. */
const STEPS_OF_A_LIFE = 20_000;
const STEPS_A_NODE = 1_500;

/** What a seed alone says of a fleet; options that were given take the place of what is drawn, without shifting the rest. */
export function episodeOptions(
  seed: number,
  given: Pick<SimulationOptions, 'nodes' | 'faults' | 'sabotage'>,
): EpisodeOptions {
  const random = new Random(seed ^ 0x5eed);
  const size = random.chance(RARE) ? random.pick(RARE_SIZES) : random.pick(SIZES);
  const faults = drawFaults(random);
  const nodes = given.nodes ?? size;
  return {
    seed,
    nodes,
    faults: given.faults ?? faults,
    ...(given.sabotage && { sabotage: given.sabotage }),
    steps: STEPS_OF_A_LIFE + nodes * Math.min(STEPS_A_NODE, 300_000 / nodes),
  };
}

export async function simulate(
  given: SimulationOptions,
  print: (line: string) => void,
): Promise<SimulationResult> {
  let steps = 0;
  for (let seed = given.seed; steps < given.steps; seed++) {
    const options = episodeOptions(seed, given);
    const result = await runEpisode(options);
    steps += result.steps;
    if (given.isVerbose) print(describe(options, result));
    if (result.violations.length === 0) continue;
    printViolations(options, result, given, print);
    return { steps, violations: result.violations.length, seed };
  }
  return { steps, violations: 0, seed: given.seed };
}

function describe({ seed, nodes, faults }: EpisodeOptions, { steps, hash, outcomes }: EpisodeResult): string {
  const ends = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
  return `seed ${seed}: ${nodes} nodes, ${faults.join(',') || 'no faults'}; ${steps} steps, hash ${hash.toString(16)}; ${ends.join(', ')}`;
}

function printViolations(
  options: EpisodeOptions,
  result: EpisodeResult,
  given: SimulationOptions,
  print: (line: string) => void,
): void {
  for (const { rule, message, at, lastEvents } of result.violations.slice(0, 3)) {
    print(`VIOLATION of ${rule} after ${at}: ${message}`);
    print(`  before it:\n${lastEvents.map((event) => `    ${event}`).join('\n')}`);
  }
  const { seed, nodes, faults } = options;
  const chosen = [
    ...(given.nodes === undefined ? [] : [`--nodes ${nodes}`]),
    ...(given.faults === undefined ? [] : [`--faults ${faults.join(',') || 'none'}`]),
  ];
  print(describe(options, result));
  print(`again: npm run sim -- ${[`--seed ${seed}`, ...chosen, '--steps 1'].join(' ')}`);
}
