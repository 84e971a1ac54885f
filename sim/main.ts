import { parseArgs } from 'node:util';
import { randomInt } from 'node:crypto';
import { FAULTS, type Fault } from './faults.js';
import { simulate } from './simulate.js';

const USAGE = `npm run sim -- [options]
  --seed N       repeats the run of that seed (default: a random one, printed)
  --nodes N      nodes of every fleet (default: drawn for each)
  --steps N      simulated steps (default: 1000000)
  --faults LIST  of ${FAULTS.join(',')}, or none (default: drawn for each fleet)
  --verbose      a line for each fleet
`;

/** Seeds are short enough to be typed again. */
const SEEDS = 2 ** 31;

function number(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,14}$/.test(text) && !(name === 'seed' && text === '0'))
    throw new RangeError(`--${name} takes a whole number, got ${JSON.stringify(text)}`);
  return Number(text);
}

function faultsIn(text: string | undefined): Fault[] | undefined {
  if (text === undefined) return undefined;
  const names = text === 'none' ? [] : text.split(',');
  const unknown = names.find((name) => !FAULTS.some((fault) => fault === name));
  if (unknown !== undefined)
    throw new RangeError(`there is no fault ${unknown}; there are ${FAULTS.join(', ')}`);
  return FAULTS.filter((fault) => names.includes(fault));
}

function options() {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    options: { seed: text, nodes: text, steps: text, faults: text, verbose: flag, help: flag },
  });
  return {
    isHelp: values.help ?? false,
    seed: number(values.seed, 'seed') ?? randomInt(SEEDS),
    nodes: number(values.nodes, 'nodes'),
    steps: number(values.steps, 'steps') ?? 1_000_000,
    faults: faultsIn(values.faults),
    isVerbose: values.verbose ?? false,
  };
}

async function main(): Promise<void> {
  const { isHelp, ...given } = options();
  if (isHelp) {
    process.stdout.write(USAGE);
    return;
  }
  const { steps, violations, seed } = await simulate(given, (line) => process.stdout.write(`${line}\n`));
  process.stdout.write(`${steps} steps, ${violations} violations, seed ${seed}\n`);
  if (violations > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  const isUsage = error instanceof RangeError || error instanceof TypeError;
  process.stderr.write(
    `${isUsage ? error.message : String(error instanceof Error ? error.stack : error)}\n${isUsage ? USAGE : ''}`,
  );
  process.exitCode = isUsage ? 2 : 1;
});
