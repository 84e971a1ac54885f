/** `npm run test:faults`: every fault in every phase, on real servers; the full matrix takes about half an hour. */
import { randomInt } from 'node:crypto';
import { Command, Option } from 'commander';
import { FAULTS } from './faults/index.js';
import { matrixText, runMatrix } from './matrix.js';
import { FAULT_PHASES, type FaultPhase } from './phases.js';
import { Chance } from './random.js';
import { startFaultScene, type FaultScene } from './scene.js';
import { runWalk, walkText } from './walk.js';

interface Options {
  readonly seed?: string;
  readonly fault?: string[];
  readonly phase?: FaultPhase[];
  readonly random?: string;
  readonly fleets: string;
}

const LARGEST_SEED = 2 ** 31;

const options = new Command('test:faults')
  .option('--seed <number>', 'repeat the choices of an earlier run')
  .addOption(new Option('--fault <name...>', 'these faults alone').choices(FAULTS.map(({ name }) => name)))
  .addOption(new Option('--phase <name...>', 'these phases alone').choices(FAULT_PHASES))
  .option('--random <rotations>', 'instead of the matrix: so many rotations, each under several faults')
  .option('--fleets <number>', 'so many fleets at a time share the cells of the matrix', '2')
  .parse()
  .opts<Options>();

const say = (line: string) => process.stdout.write(`${line}\n`);
const seed = Number(options.seed ?? randomInt(LARGEST_SEED));
const scenes: FaultScene[] = [];
const stop = async () => (await Promise.all(scenes.map((scene) => scene.stop()))).flat();
let isInterrupted = false;
for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => {
    isInterrupted = true;
    void stop().finally(() => process.exit(exitCode));
  });
const fleets = options.random ? 1 : Number(options.fleets);
while (scenes.length < fleets) scenes.push(await startFaultScene());
const scene = scenes[0]!;
say(`sshds ${scene.hasOwnHosts ? 'in network namespaces' : 'on loopback'}, seed ${seed}`);
const choice = {
  faults: FAULTS.filter(({ name }) => options.fault?.includes(name) ?? true),
  phases: FAULT_PHASES.filter((phase) => options.phase?.includes(phase) ?? true),
};
const running = options.random
  ? runWalk(scene, Number(options.random), new Chance(seed), say)
  : runMatrix(scenes, choice, seed, say);
const results = await running.catch((error: unknown) => {
  // What it ran on was taken away, and the process ends when everything is cleaned up.
  if (isInterrupted) return new Promise<never>(() => {});
  throw error;
});
const leaks = await stop();
for (const leak of leaks) say(`LEAK ${leak}`);
say(options.random ? walkText(results) : matrixText(results));
const many = (verdict: string) => results.filter((result) => result.verdict === verdict).length;
const notRun = many('not run');
if (notRun > 0) say(`${notRun} cells not run`);
say(`${results.length - notRun} cells, ${many('failed')} failed, seed ${seed}`);
process.exitCode = many('failed') > 0 || leaks.length > 0 ? 1 : 0;
