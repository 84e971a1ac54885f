/**
 * `npm run histories`: runs real operations on the lab and keeps the histories that they leave, for the tests that replay
 * them. One folder a release: those of a release that is out are never written again.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { startFleet, type Fleet } from '../../lab/fleet.js';
import { filesUnder } from '../../lab/leaks/places.js';
import { keysIn, searchForKeys } from '../../lab/leaks/search.js';
import { startTemporal } from '../../lab/temporal.js';
import { startWorker } from '../../lab/worker.js';
import { recordedIn, serialize } from './files.js';
import { SCENARIOS, type Stage } from './scenarios.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const FLEET = 'recorded';

const directory = mkdtempSync(join(tmpdir(), 'rotor-histories-'));
const target = recordedIn(version);
// A history that is gone on with in a new one would otherwise need thousands of events.
const settings = ['limit.historyCount.suggestContinueAsNew=200'];
const temporal = await startTemporal({ directory, settings });
const fleet = await startFleet({
  directory: join(directory, 'fleet'),
  temporalAddress: temporal.address,
  fleet: FLEET,
  pause: '20ms',
});
const worker = await startWorker(fleet.config, join(directory, 'worker.log'));
const connection = await Connection.connect({ address: temporal.address });
try {
  const stage: Stage = { fleet, client: new Client({ connection }), name: FLEET };
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const keys: Buffer[] = [];
  for (const { name, play } of SCENARIOS) {
    keys.push(...keysOf(fleet));
    const histories = await play(stage);
    keys.push(...keysOf(fleet));
    for (const [index, { workflowId, history }] of histories.entries()) {
      const file = join(target, `${name}${histories.length > 1 ? `-${index + 1}` : ''}.json`);
      writeFileSync(file, serialize({ workflowId, history }, directory));
      process.stdout.write(`${file}: ${history.events?.length} events\n`);
      const leaks = searchForKeys(filesUnder([file]), keys);
      if (leaks.length > 0) throw new Error(`a key is in ${JSON.stringify(leaks)}`);
    }
  }
} finally {
  await connection.close();
  await worker.stop();
  await fleet.stop();
  await temporal.stop();
  rmSync(directory, { recursive: true, force: true });
}

function keysOf({ nodes }: Fleet): Buffer[] {
  return nodes.flatMap(({ repository }) => keysIn(repository));
}
