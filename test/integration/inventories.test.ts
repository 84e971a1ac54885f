import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import type { OperationResult } from '../../core/rotation.js';
import type { FleetListing } from '../../workflows/listing.js';
import type { Verification } from '../../workflows/verification.js';
import { startScene, type Scene } from '../support/scene.js';
import { until } from '../../lab/until.js';

interface Site {
  readonly name: string;
  readonly nodes: { readonly name: string }[];
}

let scene: Scene;
let listed: string;
let sites: readonly Site[];

/** What the command prints from now on. */
function list(...names: string[]): void {
  const left = sites.map((site) => ({
    ...site,
    nodes: site.nodes.filter(({ name }) => names.includes(name)),
  }));
  writeFileSync(listed, JSON.stringify({ sites: left.filter(({ nodes }) => nodes.length > 0) }));
}

beforeAll(async () => {
  scene = await startScene('inventories', { pause: '50ms' });
  const { fleet, directory } = scene;
  const document = parse(readFileSync(fleet.config, 'utf8')) as { inventory: { sites: Site[] }[] };
  sites = document.inventory[0]!.sites;
  listed = join(directory, 'nodes.json');
  list('ctl1', 'ctl2', 'ctl3');
  const inventory = [{ kind: 'command', argv: ['/bin/cat', listed] }];
  writeFileSync(fleet.config, stringify({ ...document, inventory }));
});
afterAll(() => scene.stop());

test('a fleet that a command lists is rotated, with the live probe', async () => {
  const { json } = await scene.rotorJson<OperationResult>('rotate');
  expect(json).toMatchObject({ outcome: 'completed', nodes: 3 });
});

test('an inventory that lost a node stops everything until a person has said that it is right', async () => {
  list('ctl1', 'ctl2');
  const asked = await scene.rotor('rotate');
  expect(asked.code).toBe(2);
  expect(asked.stderr).toContain('lists 2 nodes where the fleet had 3, and lacks ctl3');

  const verified = await scene.rotorJson<Verification>('verify');
  expect(verified).toMatchObject({
    code: 4,
    json: { inSync: false, inventoryChange: { missing: ['ctl3'] } },
  });

  await scene.rotor('schedule', 'set', '--every', '30d');
  await scene.rotor('schedule', 'trigger');
  await until(async () => (await scene.rotorJson<{ paused: boolean }>('schedule', 'show')).json.paused);
  const { json: status } = await scene.rotorJson<{ outcome: string; reason: string }>('status');
  expect(status.outcome).toBe('failed');
  expect(status.reason).toContain('rotor inventory --accept');

  expect((await scene.rotor('inventory')).code).toBe(3);
  expect((await scene.rotor('inventory', '--accept')).code).toBe(2);
  expect((await scene.rotor('inventory', '--accept', '--yes')).code).toBe(0);
  expect((await scene.rotorJson<OperationResult>('rotate')).json).toMatchObject({
    outcome: 'completed',
    nodes: 2,
  });
});

test('a source that gives no answer is an error, and nothing is rotated', async () => {
  writeFileSync(listed, '');
  const { code, json } = await scene.rotorJson<{ error: { code: string; message: string } }>('inventory');
  expect(code).toBe(1);
  expect(json.error).toMatchObject({ code: 'inventory' });
  expect(json.error.message).toContain('inventory[0] (command /bin/cat)');
  list('ctl1', 'ctl2');
});

test('an account from clouds.yaml turns the live probe on', async () => {
  const { fleet, directory } = scene;
  const { username, password, project } = fleet.admin;
  const auth = { auth_url: fleet.nodes[0]!.url, username, password: 'wrong', project_name: project };
  const clouds = join(directory, 'clouds.yaml');
  const write = (secret: string) =>
    writeFileSync(clouds, stringify({ clouds: { lab: { auth: { ...auth, password: secret } } } }));
  const document = parse(readFileSync(fleet.config, 'utf8')) as object;
  writeFileSync(fleet.config, stringify({ ...document, keystone: { cloud: 'lab' } }));
  vi.stubEnv('OS_CLIENT_CONFIG_FILE', clouds);
  await scene.worker().stop();
  await scene.restartWorker();
  vi.unstubAllEnvs();

  write('wrong');
  const refused = await scene.rotorJson<OperationResult>('rotate');
  expect(refused.json).toMatchObject({ outcome: 'failed', error: { code: 'keystone-credentials' } });
  write(password);
  const rotated = await scene.rotorJson<{ nodes: FleetListing['nodes'] }>('inventory');
  expect(rotated.json.nodes.every(({ canBeProbed }) => canBeProbed)).toBe(true);
  expect((await scene.rotorJson<OperationResult>('rotate')).json).toMatchObject({ outcome: 'completed' });
});
