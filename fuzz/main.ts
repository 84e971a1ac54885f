/** `npm run fuzz`: every parser of outside input, with a slice of inputs, or as many as wanted. */
import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { runTarget, type Outcome } from './run.js';
import type { Target } from './target.js';
import { targets } from './targets/index.js';

/** Inputs of a slice, for a target whose inputs are cheap. */
const SLICE = 3_000;
const LARGEST_SEED = 2 ** 31;
const MODULE = new URL('./targets/index.js', import.meta.url).href;

function count(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError('It is a whole number.');
}

interface Options {
  readonly inputs?: number;
  readonly seed: number;
  readonly target?: string[];
  readonly path?: string;
}

const { inputs, seed, path, ...choice } = new Command('fuzz')
  .option(
    '--inputs <number>',
    `for each target (default: a slice, ${SLICE} and fewer where one costs much)`,
    count,
  )
  .option('--seed <number>', 'the same inputs again', count, randomInt(LARGEST_SEED))
  .addOption(new Option('--target <name...>', 'these alone').choices(targets.map(({ name }) => name)))
  .option('--path <path>', 'the one input that failed, as it was printed')
  .parse()
  .opts<Options>();

const say = (line: string) => process.stdout.write(`${line}\n`);

async function fuzz({ name, reads, costs }: Target): Promise<Outcome> {
  const startedAt = Date.now();
  const outcome = await runTarget({
    ...{ module: MODULE, name, inputs: inputs ?? Math.ceil(SLICE / costs), seed },
    ...(path !== undefined && { path }),
  });
  const { begun, taken, failure } = outcome;
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  say(`${name.padEnd(16)} ${begun} inputs, ${taken} taken, ${seconds} s (${reads})`);
  if (failure !== null) {
    say(`  FAILED: ${failure.message}`);
    say(`  input: ${failure.input}`);
    say(`  again: npm run fuzz -- --target ${name} --seed ${seed} --path ${failure.path}`);
  }
  return outcome;
}

const waiting = targets.filter(({ name }) => choice.target?.includes(name) ?? true);
const outcomes: Outcome[] = [];
const lanes = Array.from({ length: availableParallelism() }, async () => {
  for (let next = waiting.shift(); next; next = waiting.shift()) outcomes.push(await fuzz(next));
});
await Promise.all(lanes);

const total = outcomes.reduce((sum, { begun }) => sum + begun, 0);
const failures = outcomes.filter(({ failure }) => failure !== null).length;
say(`${total} inputs, ${failures} failures, seed ${seed}`);
process.exitCode = failures > 0 ? 1 : 0;
