import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import proto from '@temporalio/proto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { approve, retire } from '../../configuration/approvals.js';
import { identityPaths } from '../../configuration/identity-files.js';
import type { DoctorFinding } from '../../core/doctor/finding.js';
import type { OperationResult } from '../../core/rotation.js';
import { plantOldKeys } from '../../faults/repositories.js';
import { historyEvents } from '../../lab/leaks/places.js';
import { keysIn, searchForKeys } from '../../lab/leaks/search.js';
import { runRotor } from '../../lab/worker.js';
import { rotationId } from '../../workflows/messages.js';
import type { Verification } from '../../workflows/verification.js';
import { certificateAuthority } from '../../lab/certificate-authority.js';
import { approveAll, machinesOf, newIdentity, type Machine } from '../support/machines.js';
import { phaseRuns } from '../support/phases.js';
import { startScene, type Scene } from '../support/scene.js';
import { until } from '../../lab/until.js';

const FLEET = 'pull';
const STARTED = proto.temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_STARTED;
const isRoot = process.getuid?.() === 0;
/** An account that every system has, with neither a shell nor a home. */
const ACCOUNT = 'nobody';

/** Some are overwritten by the new keys of a rotation, the others in prune. */
const OLD_KEYS = 3;

let scene: Scene;
let machine: Machine;
let ground: string | undefined;

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
    margin: '1s',
    tokens: { expirationSeconds: 12, allowExpiredWindowSeconds: 0 },
    nodes: [
      { name: 'push', region: 'region-one' },
      { name: 'pull', region: 'region-one', pull: true },
      ...(isRoot ? [{ ...restricted, repository: join(chroot, 'fernet-keys') }] : []),
    ],
    prepare: async (fleet) => {
      [machine] = machinesOf(fleet) as [Machine];
      const approvals = {
        pull: await newIdentity(machine.config, 'pull'),
        worker: await newIdentity(fleet.config, 'worker'),
      };
      await approveAll([fleet.config, machine.config], approvals);
      await machine.start();
    },
  });
});

afterAll(async () => {
  await machine.worker().stop();
  await scene.stop();
  if (ground) rmSync(ground, { recursive: true, force: true });
});

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

/** Resolves while this machine has a look at itself to do; its worker is to be frozen, or that is over before anybody sees it. */
function looksAtItself(): Promise<void> {
  return until(async () => {
    const { raw } = await scene.client.workflow.getHandle(rotationId(FLEET)).describe();
    return (raw.pendingActivities ?? []).some(
      ({ activityType, state }) => activityType?.name === 'surveyNodes' && state === STARTED,
    );
  });
}

async function killAndStartAgain(): Promise<void> {
  await machine.worker().kill();
  await machine.start();
}

/** A rotation begins with prune when keys have expired. */
async function leaveSomethingToPrune(): Promise<void> {
  const repositories = scene.fleet.nodes.map(({ repository }) => repository);
  plantOldKeys(repositories, OLD_KEYS);
  expect((await scene.rotor('reconcile', '--yes')).code).toBe(0);
  await until(async () => {
    const { keys } = (await scene.rotorJson<Verification>('verify')).json;
    return keys.filter(({ role }) => role === 'expired').length >= OLD_KEYS;
  });
}

test('the worker of a pull node killed in each phase of a rotation and started again changes nothing for tokens', async () => {
  await leaveSomethingToPrune();
  const traffic = scene.startTraffic();
  process.kill(machine.worker().pid, 'SIGSTOP');
  const rotation = scene.rotorJson<OperationResult>('rotate');
  await looksAtItself();
  await killAndStartAgain();
  for (const phase of ['prune', 'distribute', 'confirm', 'promote', 'stage']) {
    await phaseRuns(scene.client, FLEET, phase);
    await killAndStartAgain();
  }
  expect((await rotation).json).toMatchObject({ outcome: 'completed', error: null });
  expect((await traffic.stop()).failures).toEqual([]);
  expect(await isInSync()).toBe(true);
});

test('histories have envelopes, and no key in any form; a planted one would be found there', async () => {
  const { events } = await scene.client.workflow.getHandle(rotationId(FLEET)).fetchHistory();
  const { content: payloads } = historyEvents('history', events);
  expect(payloads.includes('"envelopes"')).toBe(true);
  const keys = scene.fleet.nodes.flatMap(({ repository }) => keysIn(repository));
  expect(searchForKeys([{ name: 'history', content: payloads }], keys)).toEqual([]);
  for (const form of ['hex', 'base64', 'base64url', 'latin1'] as const) {
    const planted = Buffer.concat([payloads, Buffer.from(keys[0]!.toString(form), 'latin1')]);
    expect(searchForKeys([{ name: 'planted', content: planted }], keys)).not.toEqual([]);
  }
});

/** As `openssl ca` takes it: so many days from now. */
function opensslTime(days: number): string {
  const time = new Date(Date.now() + days * 24 * 3_600_000).toISOString();
  return `${time.slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
}

test('a pull node that nobody approved and a CA has signed is rotated; retired, it is refused by name', async () => {
  const configs = [scene.fleet.config, machine.config];
  const before = configs.map((config) => readFileSync(config));
  const authority = await certificateAuthority('Rotor CA');
  for (const config of configs) {
    await retire(config, 'pull');
    const settings = parse(readFileSync(config, 'utf8')) as object;
    const recipientAuthority = { certificates: authority.file };
    writeFileSync(config, stringify({ ...settings, recipientAuthority }));
  }
  const there = (...args: string[]) => runRotor(['recipient', ...args, '--config', machine.config]);
  const certificate = join(scene.directory, 'pull.crt');
  const asked = { request: (await there('request')).stdout };
  writeFileSync(certificate, await authority.sign(asked));
  expect(await there('install', certificate)).toMatchObject({ code: 0 });

  const traffic = scene.startTraffic();
  const { json } = await scene.rotorJson<OperationResult>('rotate');
  expect(json).toMatchObject({ outcome: 'completed', error: null });
  expect((await traffic.stop()).failures).toEqual([]);
  expect(await isInSync()).toBe(true);

  const [startsAt, endsAt] = [opensslTime(-10), opensslTime(1)];
  writeFileSync(certificate, await authority.sign({ ...asked, startsAt, endsAt }));
  expect(await there('install', certificate)).toMatchObject({ code: 0 });
  const { findings } = (await scene.rotorJson<{ findings: DoctorFinding[] }>('doctor')).json;
  expect(findings.map(({ code, message }) => `${code}: ${message}`)).toContainEqual(
    expect.stringContaining('certificate-ends: the certificate of pull ends at'),
  );

  expect((await scene.rotor('recipient', 'retire', 'pull', '--yes')).code).toBe(0);
  const refused = (await scene.rotorJson<OperationResult>('rotate')).json;
  expect(refused).toMatchObject({ outcome: 'failed', error: { code: 'recipient-unapproved' } });
  expect(refused.error!.message).toContain('pull, who was retired');

  configs.forEach((config, index) => writeFileSync(config, before[index]!));
  authority.remove();
});

test('a new identity that nobody has approved ends the rotation by name, and writes nothing on that node', async () => {
  const before = keysIn(nodeNamed('pull').repository);
  const changed = await newIdentity(machine.config, 'pull');
  const { json } = await scene.rotorJson<OperationResult>('rotate');
  expect(json).toMatchObject({ outcome: 'failed', error: { code: 'recipient-unapproved' } });
  expect(json.error!.message).toContain('pull');
  expect(json.error!.message).toContain('rotor recipient show');
  expect(keysIn(nodeNamed('pull').repository).map(String)).toEqual(before.map(String));
  await approveAll([scene.fleet.config, machine.config], { pull: changed });
  const traffic = scene.startTraffic();
  expect((await scene.rotorJson<OperationResult>('rotate')).json.outcome).toBe('completed');
  expect((await traffic.stop()).failures).toEqual([]);
});

test('a pull node whose worker does not poll is unreachable by name, and nobody else is', async () => {
  await machine.worker().stop();
  const { code, json } = await scene.rotorJson<Verification>('verify');
  await machine.start();
  expect(code).not.toBe(0);
  const reachable = Object.fromEntries(json.nodes.map((node) => [node.name, node.reachable]));
  expect(reachable).toMatchObject({ push: true, pull: false });
  const { problems } = json.nodes.find(({ name }) => name === 'pull')!;
  expect(problems).toMatchObject([{ code: 'unreachable' }]);
  expect(problems[0]!.message).toContain('rotor worker --node pull');
  expect(await isInSync()).toBe(true);
});

test('`rotor doctor` says whom nobody has approved, who was approved and is nobody, and which worker has no key pair', async () => {
  const found = async () => {
    const { json } = await scene.rotorJson<{ findings: DoctorFinding[] }>('doctor');
    return json.findings.map(({ code, node, message }) => `${code} ${node ?? message}`);
  };
  const { config } = scene.fleet;
  const ofRecipients = /^(recipient-unapproved|approval-of-nobody|identity-missing)/;
  expect((await found()).filter((finding) => ofRecipients.test(finding))).toEqual([]);

  const settings = parse(readFileSync(config, 'utf8')) as { recipients: Record<string, string> };
  await retire(config, 'pull');
  await approve(config, 'ghost', 'f'.repeat(64));
  expect(await found()).toEqual(
    expect.arrayContaining([
      'recipient-unapproved pull',
      expect.stringContaining('approval-of-nobody ghost'),
    ]),
  );

  writeFileSync(config, stringify(settings));
  await scene.worker().stop();
  const { privateKey, certificate } = identityPaths(config);
  for (const file of [privateKey, certificate]) renameSync(file, `${file}.away`);
  await scene.restartWorker();
  expect(await found()).toContainEqual(
    expect.stringMatching(new RegExp(`^identity-missing the worker ${scene.worker().pid}@`)),
  );
  for (const file of [privateKey, certificate]) renameSync(`${file}.away`, file);
});

function nodeNamed(name: string) {
  return scene.fleet.nodes.find((node) => node.name === name)!;
}
