import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OperationResult } from '../../core/rotation.js';
import type { Fleet } from '../../lab/fleet.js';
import { runRotor } from '../../lab/worker.js';
import type { Verification } from '../../workflows/verification.js';
import { approveAll, newIdentity, siteMachine } from '../support/machines.js';
import { phaseRuns } from '../support/phases.js';
import { startScene, type Scene } from '../support/scene.js';

const FLEET = 'site-workers';
const SITE = 'region-two';

let scene: Scene;
let machines: ReturnType<typeof siteMachine>[];

beforeAll(async () => {
  scene = await startScene(FLEET, {
    pause: '500ms',
    nodes: [
      { name: 'near', region: 'region-one' },
      { name: 'far1', region: SITE },
      { name: 'far2', region: SITE },
    ],
    overrides: { sites: { [SITE]: { ownWorkers: true, atOnce: 1 } } },
    prepare: async (fleet) => {
      machines = ['first', 'second'].map((name) => siteMachine(fleet, SITE, name));
      forgetHostKeys(fleet, ['far1', 'far2']);
      const [first, second] = machines.map(({ config }) => config);
      await approveAll([fleet.config, first!, second!], {
        worker: await newIdentity(fleet.config, 'worker'),
        first: await newIdentity(first!, 'first'),
        second: await newIdentity(second!, 'second'),
      });
      for (const machine of machines) await machine.start();
    },
  });
});

afterAll(async () => {
  for (const machine of machines) await machine.worker().stop();
  await scene.stop();
});

/** The fleet's own worker knows no host key of these nodes, so it could not connect to them if it tried. */
function forgetHostKeys(fleet: Fleet, names: readonly string[]): void {
  const knownHosts = join(fleet.config, '..', 'known_hosts_near');
  const near = fleet.nodes.filter(({ name }) => !names.includes(name));
  writeFileSync(knownHosts, near.map(({ sshd }) => `${sshd.knownHostsLine}\n`).join(''));
  const document = parse(readFileSync(fleet.config, 'utf8')) as { ssh: object };
  writeFileSync(fleet.config, stringify({ ...document, ssh: { ...document.ssh, knownHosts } }));
}

async function isInSync(): Promise<boolean> {
  return (await scene.rotorJson<Verification>('verify')).json.inSync;
}

test('nodes of a site with workers of its own are rotated by those alone, and no token is refused', async () => {
  const traffic = scene.startTraffic();
  const { json } = await scene.rotorJson<OperationResult>('rotate');
  expect(json).toMatchObject({ outcome: 'completed', error: null });
  expect((await traffic.stop()).failures).toEqual([]);
  expect(await isInSync()).toBe(true);
});

test("one of a site's two workers killed in promote: the other takes its work over", async () => {
  const traffic = scene.startTraffic();
  const rotation = scene.rotorJson<OperationResult>('rotate');
  await phaseRuns(scene.client, FLEET, 'promote');
  await machines[0]!.worker().kill();
  const [{ json }] = await Promise.all([rotation, machines[0]!.start()]);
  expect(json).toMatchObject({ outcome: 'completed', error: null });
  expect((await traffic.stop()).failures).toEqual([]);
  expect(await isInSync()).toBe(true);
});

test('without any worker of its own a site is unreachable by name, and nobody else is', async () => {
  for (const machine of machines) await machine.worker().stop();
  const { json } = await scene.rotorJson<Verification>('verify');
  for (const machine of machines) await machine.start();
  const reachable = Object.fromEntries(json.nodes.map((node) => [node.name, node.reachable]));
  expect(reachable).toEqual({ near: true, far1: false, far2: false });
  const { problems } = json.nodes.find(({ name }) => name === 'far2')!;
  expect(problems).toMatchObject([{ code: 'unreachable' }]);
  expect(problems[0]!.message).toContain(`rotor worker --site ${SITE}`);
  expect(await isInSync()).toBe(true);
});

test('a worker for a site that has none of its own is refused by name', async () => {
  const { code, stderr } = await runRotor(['worker', '--site', 'region-one', '--config', scene.fleet.config]);
  expect(code).toBe(2);
  expect(stderr).toContain('sites.region-one');
  expect(stderr).toContain('ownWorkers: true');
});
