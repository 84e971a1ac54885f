/** `npm run bench:idle`: what a worker costs that waits for its schedule. See `--help`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { startTemporal } from '../lab/temporal.js';
import { startWorker } from '../lab/worker.js';
import { atLeast, sayAs } from './options.js';
import { writeConfiguration } from './scale/configuration.js';
import { startFarm } from './scale/farm.js';
import { usageOf } from './process-usage.js';
import { environmentOfUnit } from './unit-environment.js';

interface Figures {
  /** In memory now, with what it shares with other processes of Node. */
  readonly rssMb: number;
  /** Of one core. */
  readonly cpuPercent: number;
}

const options = new Command('npm run bench:idle --')
  .description(
    'starts a worker by hand and as its systemd unit does, and says what each takes while nothing is to be done',
  )
  .option('--settle <s>', 'seconds after its start that do not count', atLeast(0), 60)
  .option('--seconds <s>', 'how long it is watched', atLeast(1), 60)
  .option('--json', 'print the figures as JSON, as the last line', false)
  .parse()
  .opts<{ settle: number; seconds: number; json: boolean }>();

const say = sayAs('idle');
const directory = mkdtempSync(join(tmpdir(), 'rotor-idle-'));
const temporal = await startTemporal({ directory: join(directory, 'temporal') });
const farm = await startFarm({ directory: join(directory, 'farm'), nodes: 3, sites: 1 });
try {
  const settings = { farm, directory, temporalAddress: temporal.address, pauseMs: 1_000, connections: 3 };
  const config = writeConfiguration(settings, 'idle');
  const figures = { byHand: await watch(config, {}), asUnit: await watch(config, environmentOfUnit()) };
  process.stdout.write(options.json ? `${JSON.stringify(figures)}\n` : textOf(figures));
} finally {
  await farm.stop();
  await temporal.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function watch(config: string, env: Readonly<Record<string, string>>): Promise<Figures> {
  const { settle, seconds } = options;
  say(`environment ${JSON.stringify(env)}: ${settle} s to settle, ${seconds} s watched`);
  const worker = await startWorker(config, join(directory, 'worker.log'), { env });
  try {
    await sleep(settle * 1000);
    const before = usageOf(worker.pid);
    await sleep(seconds * 1000);
    const after = usageOf(worker.pid);
    return {
      rssMb: Math.round(after.rssMb),
      cpuPercent: Math.round(((after.cpuSeconds - before.cpuSeconds) / seconds) * 10_000) / 100,
    };
  } finally {
    await worker.stop();
  }
}

function textOf(figures: Readonly<Record<string, Figures>>): string {
  return Object.entries(figures)
    .map(([how, { rssMb, cpuPercent }]) => `${how.padEnd(8)} ${rssMb} MB, ${cpuPercent}% of a core\n`)
    .join('');
}
