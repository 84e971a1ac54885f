/** `npm run bench:race`: readers against writers on one key directory. See `--help`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { atLeast, sayAs } from './options.js';
import { contestants, runRace, type RaceResult } from './race/race.js';
import { renderTable } from './race/report.js';
import { rotor } from './race/rotor.js';

interface Options {
  readonly rotations: number;
  readonly reads: number;
  readonly readers: number;
  readonly pause: number;
  readonly only?: string[];
  readonly json: boolean;
}

const names = contestants.map(({ name }) => name);
const options = new Command('npm run bench:race --')
  .description(
    "rotates a key repository in rotor's way and in others', while processes read it with Keystone's own code, and counts " +
      'the reads that went wrong; fails when one of ours did',
  )
  .option('--rotations <n>', 'rotations of each method, at least', atLeast(1), 200)
  .option('--reads <n>', 'reads beside rotor, at least', atLeast(1), 500_000)
  .option('--readers <n>', 'processes that read at the same time, 6 or more', atLeast(6), 6)
  .option(
    '--pause <ms>',
    "rotor's pause after each file operation, longer than a read may stall",
    atLeast(0),
    250,
  )
  .addOption(new Option('--only <name...>', 'only these methods').choices(names))
  .option('--json', 'print the result as JSON, as the last line', false)
  .parse()
  .opts<Options>();

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
const directory = mkdtempSync(join(tmpdir(), 'rotor-race-'));
try {
  const { pause, only = null, json, ...rest } = options;
  const result = await runRace({
    ...rest,
    directory,
    pauseMs: pause,
    only,
    signal: interruption.signal,
    say: sayAs('race'),
  });
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : renderTable(result));
  process.exitCode = isOursClean(result) ? 0 : 1;
} catch (error) {
  if (!interruption.signal.aborted) throw error;
  process.exitCode = 130;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function isOursClean({ methods }: RaceResult): boolean {
  const ours = methods.filter(({ name }) => name === rotor.name);
  return ours.every(({ unrecognized, errors }) => unrecognized === 0 && errors === 0);
}
