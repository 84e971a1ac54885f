/** `npm run test:faults`: every fault in every phase, on real servers; the full matrix takes about half an hour. */
import { randomInt } from 'node:crypto';
import { Command, Option } from 'commander';
import { FAULT_PHASES, type FaultPhase } from './cell.js';
import { FAULTS } from './faults/index.js';
import { matrixText, runMatrix, runWalk } from './matrix.js';
import { Chance } from './random.js';
import { startFaultScene } from './scene.js';

interface Options {
  readonly seed?: string;
  readonly only?: string[];
  readonly phase?: FaultPhase[];
  readonly walk?: string;
}

const LARGEST_SEED = 2 ** 31;

const options = new Command('test:faults')
  .option('--seed <number>', 'repeat the choices of an earlier run')
  .addOption(new Option('--only <fault...>', 'these faults alone').choices(FAULTS.map(({ name }) => name)))
  .addOption(new Option('--phase <phase...>', 'these phases alone').choices(FAULT_PHASES))
  .option('--walk <cells>', 'instead of the matrix, so many faults as chance has it')
  .parse()
  .opts<Options>();

const say = (line: string) => process.stdout.write(`${line}\n`);
const seed = Number(options.seed ?? randomInt(LARGEST_SEED));
const chance = new Chance(seed);
const scene = await startFaultScene();
const choice = {
  faults: FAULTS.filter(({ name }) => options.only?.includes(name) ?? true),
  phases: FAULT_PHASES.filter((phase) => options.phase?.includes(phase) ?? true),
};
const results = options.walk
  ? await runWalk(scene, Number(options.walk), chance, say)
  : await runMatrix(scene, choice, chance, say);
const leaks = await scene.stop();
for (const leak of leaks) say(`LEAK ${leak}`);
const failed = results.filter(({ failures }) => failures.length > 0).length;
say(matrixText(results));
say(`${results.length} cells, ${failed} failed, seed ${seed}`);
process.exitCode = failed > 0 || leaks.length > 0 ? 1 : 0;
