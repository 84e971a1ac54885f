import { Client, Connection } from '@temporalio/client';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { OperationResult, Progress } from '../../core/rotation.js';
import { retire } from '../../configuration/approvals.js';
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
let chroot: string | undefined;
/** Of every machine, to approve it again. */
let approvals: Record<string, string>;

/** Needs root, like the account in it. */
function chrootOf(): string {
  const directory = mkdtempSync('/run/rotor-test-');
  chmodSync(directory, 0o755);
  mkdirSync(join(directory, 'fernet-keys'));
  const [uid, gid] = ['-u', '-g'].map((what) => Number(execFileSync('id', [what, ACCOUNT])));
  chownSync(join(directory, 'fernet-keys'), uid!, gid!);
  return directory;
}

beforeAll(async () => {
  chroot = isRoot ? chrootOf() : undefined;
  const restricted = chroot && {
    ...{ name: 'restricted', region: 'region-two', user: ACCOUNT, chroot },
    repository: join(chroot, 'fernet-keys'),
  };
  scene = await startScene(FLEET, {
    ...(chroot !== undefined && { directory: join(mkdtempSync('/run/rotor-test-'), 'fleet') }),
    pause: '500ms',
    nodes: [
      { name: 'push', region: 'region-one' },
      { name: 'pull', region: 'region-one', pull: true },
      ...(restricted ? [restricted] : []),
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
  if (chroot) rmSync(chroot, { recursive: true, force: true });
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
