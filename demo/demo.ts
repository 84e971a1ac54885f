import { once } from 'node:events';
import { join } from 'node:path';
import { startDashboardProcess } from '../lab/dashboard.js';
import { startFleet, type Fleet } from '../lab/fleet.js';
import { KeyCollector } from '../lab/leaks/collector.js';
import { searchEverywhere } from '../lab/leaks/everywhere.js';
import { answersOf } from '../lab/leaks/places.js';
import { startTemporal, type TemporalServer } from '../lab/temporal.js';
import { startTraffic, type TrafficCounts } from '../lab/traffic.js';
import { runRotor, startWorker } from '../lab/worker.js';

export interface DemoOptions {
  readonly directory: string;
  readonly once: boolean;
  readonly rotations: number;
  readonly json: boolean;
}

/** The last line of `--json`. */
export interface DemoSummary {
  readonly nodes: number;
  readonly rotations: number;
  readonly tokensIssued: number;
  readonly validations: number;
  readonly failedValidations: number;
  readonly serverErrors: number;
  readonly inSync: boolean;
  readonly seconds: number;
}

/** Parts that were started, to be ended in reverse. */
type Stop = () => Promise<unknown>;

/** All that the dashboard tells of the fleet. */
const DASHBOARD_ADDRESSES = ['', 'api/overview', 'api/fleet', 'api/operations', 'api/keys', 'api/schedule'];

/** @returns the exit code: 0 only if every rotation completed, the fleet is in sync, and no validation failed */
export async function runDemo(options: DemoOptions): Promise<number> {
  const startedAt = Date.now();
  const stops: Stop[] = [];
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  try {
    const work = showRotations(options, startedAt, stops);
    const result = await Promise.race([work, interrupted.then(() => null)]);
    if (result === null) return 130;
    if (!options.once) await stayUp(result, interrupted);
    return result.isGood ? 0 : 1;
  } finally {
    say('stopping everything');
    for (const stop of stops.reverse()) await stop().catch(() => {});
  }
}

interface DemoResult {
  readonly isGood: boolean;
  readonly temporal: TemporalServer;
  readonly fleet: Fleet;
  readonly dashboardUrl: string;
}

async function showRotations(options: DemoOptions, startedAt: number, stops: Stop[]): Promise<DemoResult> {
  const { directory } = options;
  say('starting Temporal (dev server, SQLite file)');
  const temporal = await startTemporal({ directory: join(directory, 'temporal'), ui: true });
  stops.push(() => temporal.stop());
  say('starting three Keystone nodes in two regions, each behind an sshd of its own');
  const fleet = await startFleet({
    directory: join(directory, 'fleet'),
    temporalAddress: temporal.address,
    fleet: 'demo',
  });
  stops.push(() => fleet.stop());
  const repositories = fleet.nodes.map(({ repository }) => repository);
  const keys = new KeyCollector(repositories);
  say('starting a rotor worker');
  const worker = await startWorker(fleet.config, join(directory, 'worker.log'));
  stops.push(() => worker.stop());
  const dashboard = await startDashboardProcess(fleet.config, join(directory, 'dashboard.log'));
  stops.push(() => dashboard.stop());
  say(`the dashboard: ${dashboard.url}`);
  say(
    `token traffic between all pairs of ${fleet.nodes.map(({ name, region }) => `${name} (${region})`).join(', ')}`,
  );
  const traffic = startTraffic({ nodes: fleet.nodes, admin: fleet.admin });
  stops.push(() => traffic.stop());

  const areComplete = await rotate(options.rotations, fleet);
  const counts = options.once ? await traffic.stop() : traffic.counts;
  const inSync = (await runRotor(['verify', '--config', fleet.config], echo)).code === 0;
  const summary = summaryOf(counts, {
    nodes: fleet.nodes.length,
    rotations: options.rotations,
    inSync,
    startedAt,
  });
  for (const failure of counts.failures) say(`failed: ${failure}`);
  const seen = keys.stop();
  const leaks = await searchEverywhere({
    keys: seen,
    databaseFile: temporal.databaseFile,
    paths: [directory],
    repositories,
    said: await answersOf(dashboard.url, DASHBOARD_ADDRESSES),
  });
  for (const { place, form } of leaks) say(`a key was written to ${place}: ${form}`);
  say(
    `${seen.length} keys looked for in Temporal's database, the dashboard's answers and all logs: ${leaks.length} found`,
  );
  show(summary, options);
  const isGood =
    areComplete &&
    inSync &&
    leaks.length === 0 &&
    counts.failedValidations === 0 &&
    counts.serverErrors === 0;
  return { isGood, temporal, fleet, dashboardUrl: dashboard.url };
}

async function rotate(rotations: number, fleet: Fleet): Promise<boolean> {
  for (let rotation = 1; rotation <= rotations; rotation++) {
    say(`rotation ${rotation} of ${rotations}: rotor rotate`);
    const { code } = await runRotor(['rotate', '--reason', 'demo', '--config', fleet.config], echo);
    if (code !== 0) return false;
  }
  return true;
}

function summaryOf(
  counts: TrafficCounts,
  rest: { nodes: number; rotations: number; inSync: boolean; startedAt: number },
): DemoSummary {
  const { tokensIssued, validations, failedValidations, serverErrors } = counts;
  const { nodes, rotations, inSync, startedAt } = rest;
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  return { nodes, rotations, tokensIssued, validations, failedValidations, serverErrors, inSync, seconds };
}

function show(summary: DemoSummary, { json }: DemoOptions): void {
  const { rotations, validations, failedValidations, serverErrors, tokensIssued } = summary;
  say(
    `${rotations} rotation(s), ${tokensIssued} tokens issued, ${validations} validations on all nodes: ` +
      `${failedValidations} failed, ${serverErrors} server errors; in sync: ${summary.inSync ? 'yes' : 'no'}`,
  );
  if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
}

async function stayUp(
  { temporal, fleet, dashboardUrl }: DemoResult,
  interrupted: Promise<unknown>,
): Promise<void> {
  say(`Temporal's UI: ${temporal.uiUrl}`);
  say(`the dashboard: ${dashboardUrl}`);
  say(`another rotation: npm run rotor -- rotate --config ${fleet.config}`);
  say(`on a timer:       npm run rotor -- schedule set --every 10m --config ${fleet.config}`);
  say(`the fleet now:    npm run rotor -- verify --config ${fleet.config}`);
  say('everything stays up until Ctrl-C');
  await interrupted;
}

/** Standard output is for the summary alone. */
function say(line: string): void {
  process.stderr.write(`demo: ${line}\n`);
}

function echo(text: string): void {
  process.stderr.write(text);
}
