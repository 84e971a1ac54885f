import { Client, Connection } from '@temporalio/client';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { OperationResult, Progress } from '../../core/rotation.js';
import { rotationId } from '../../workflows/messages.js';
import type { Verification } from '../../workflows/verification.js';
import { approveAll, machinesOf, newIdentity, type Machine } from '../support/machines.js';
import { startScene, type Scene } from '../support/scene.js';
import { until } from '../support/until.js';

const FLEET = 'pull';
const isRoot = process.getuid?.() === 0;
/** An account that every system has, with neither a shell nor a home. */
const ACCOUNT = 'nobody';

let scene: Scene;
let machine: Machine;
let connection: Connection;
let client: Client;
let ground: string | undefined;
/** Of every machine, to approve it again. */
let approvals: Record<string, string>;

/** Needs root: a place that another account may enter, and a chroot in it that belongs to root. */
function groundForAccounts(): string {
  const directory = mkdtempSync('/run/rotor-test-');
  chmodSync(directory, 0o755);
  const repository = join(directory, 'chroot', 'fernet-keys');
  mkdirSync(repository, { recursive: true });
  const [uid, gid] = ['-u', '-g'].map((what) => Number(execFileSync('id', [what, ACCOUNT])));
  chownSync(repository, uid!, gid!);
  return directory;
}

beforeAll(async () => {
  ground = isRoot ? groundForAccounts() : undefined;
  const chroot = join(`${ground}`, 'chroot');
  const restricted = { name: 'restricted', region: 'region-two', user: ACCOUNT, chroot };
  scene = await startScene(FLEET, {
    ...(ground !== undefined && { directory: join(ground, 'fleet') }),
    pause: '500ms',
    nodes: [
      { name: 'push', region: 'region-one' },
      { name: 'pull', region: 'region-one', pull: true },
      ...(isRoot ? [{ ...restricted, repository: join(chroot, 'fernet-keys') }] : []),
    ],
    prepare: async (fleet) => {
      [machine] = machinesOf(fleet) as [Machine];
      approvals = {
        pull: await newIdentity(machine.config, 'pull'),
        worker: await newIdentity(fleet.config, 'worker'),
      };
      await approveAll([fleet.config, machine.config], approvals);
      await machine.start();
    },
  });
  connection = await Connection.connect({ address: inject('temporalAddress') });
  client = new Client({ connection });
});

afterAll(async () => {
  await connection.close();
  await machine.worker().stop();
  await scene.stop();
  if (ground) rmSync(ground, { recursive: true, force: true });
});

const progress = () => client.workflow.getHandle(rotationId(FLEET)).query<Progress>('progress');

async function isInSync(): Promise<boolean> {
  return (await scene.rotorJson<Verification>('verify')).json.inSync;
}

test('a fleet of a push node, a pull node and an SFTP-only account is rotated, and no token is refused', async () => {
  const traffic = scene.startTraffic();
  const { json } = await scene.rotorJson<OperationResult>('rotate');
  expect(json).toMatchObject({ outcome: 'completed', error: null });
  expect((await traffic.stop()).failures).toEqual([]);
  expect(await isInSync()).toBe(true);
});

for (const phase of ['distribute', 'promote']) {
  test(`the worker of a pull node killed in ${phase} and started again changes nothing for tokens`, async () => {
    const traffic = scene.startTraffic();
    const rotation = scene.rotorJson<OperationResult>('rotate');
    await until(async () =>
      (await progress()).steps.some((step) => step.phase === phase && step.endedAt === null),
    );
    await machine.worker().kill();
    await machine.start();
    expect((await rotation).json).toMatchObject({ outcome: 'completed', error: null });
    expect((await traffic.stop()).failures).toEqual([]);
    expect(await isInSync()).toBe(true);
  });
}
