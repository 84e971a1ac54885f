import { appendFileSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AnnounceOutcome, NodeOutcome, PlaceRequest, SealOutcome } from '../../core/messages.js';
import type { OperationResult } from '../../core/rotation.js';
import { announce, readAnnouncement } from '../../envelopes/announcement.js';
import { seal } from '../../envelopes/envelope.js';
import { person, type Person } from '../../lab/people.js';
import type { Fleet, FleetNode } from '../../lab/fleet.js';
import { keysIn, searchForKeys } from '../../lab/leaks/search.js';
import { startSshd, type Sshd } from '../../lab/sshd.js';
import type { Traffic } from '../../lab/traffic.js';
import { generateKey } from '../../keys/key.js';
import { nodeTaskQueueOf, rotationId, taskQueueOf } from '../../workflows/messages.js';
import type { Verification } from '../../workflows/verification.js';
import { startIntruder, type Intruder } from '../support/intruder.js';
import { approveAll, machinesOf, newIdentity, type Machine } from '../support/machines.js';
import { memoryOf } from '../support/memory.js';
import { startScene, type Scene } from '../support/scene.js';
import { canTrace, trace, type Trace } from '../support/strace.js';

const FLEET = 'naked';
const fingerprints: Record<string, string> = {};
let scene: Scene;
let machine: Machine;
let bastion: Sshd;

beforeAll(async () => {
  scene = await startScene(FLEET, {
    nodes: [
      { name: 'push', region: 'region-one' },
      { name: 'pull', region: 'region-one', pull: true },
    ],
    prepare: async (fleet) => {
      bastion = await startSshd({
        directory: join(dirname(fleet.config), 'bastion'),
        identityFile: fleet.identityFile,
      });
      reachBy(bastion, fleet);
      [machine] = machinesOf(fleet) as [Machine];
      fingerprints.pull = await newIdentity(machine.config, 'pull');
      fingerprints.worker = await newIdentity(fleet.config, 'worker');
      await approveAll([fleet.config, machine.config], fingerprints);
      await machine.start();
    },
  });
});
afterAll(async () => {
  await machine.worker().stop();
  await bastion.stop();
  await scene.stop();
});

/** Nodes that have an address are behind a jump host. */
function reachBy({ address, port, user, knownHostsLine }: Sshd, { config, knownHosts }: Fleet): void {
  const settings = parse(readFileSync(config, 'utf8')) as { ssh: object };
  const ssh = { ...settings.ssh, proxyJump: `${user}@${address}:${port}` };
  writeFileSync(config, stringify({ ...settings, ssh }));
  appendFileSync(knownHosts, `${knownHostsLine}\n`);
}

const nodeNamed = (name: string): FleetNode => scene.fleet.nodes.find((node) => node.name === name)!;
const repositories = () => scene.fleet.nodes.map(({ repository }) => repository);
const allKeys = () => repositories().flatMap(keysIn);

async function rotate(): Promise<OperationResult> {
  return (await scene.rotorJson<OperationResult>('rotate')).json;
}

const isTraceable = canTrace();

describe.runIf(isTraceable)('what the kernel sees of workers in a rotation (strace)', () => {
  const traces: Record<'push' | 'pull', Trace | null> = { push: null, pull: null };
  let keys: Buffer[];

  beforeAll(async () => {
    const push = await trace(scene.worker().pid, join(scene.directory, 'push.strace'));
    const pull = await trace(machine.worker().pid, join(scene.directory, 'pull.strace'));
    const before = allKeys();
    expect(await rotate()).toMatchObject({ outcome: 'completed' });
    keys = [...before, ...allKeys()];
    [traces.push, traces.pull] = [await push.stop(), await pull.stop()];
  });

  const isIn = (repository: string) => (path: string) =>
    path === repository || path.startsWith(`${repository}/`);
  const leaksIn = (trace: Trace, except: (to: string) => boolean) => {
    const places = trace.written
      .filter(({ to }) => !except(to))
      .map(({ to, content }) => ({ name: to, content }));
    return searchForKeys(places, keys);
  };

  test('a worker that reaches its node by SSH opens no key file, and writes no key anywhere, sockets included', () => {
    const { opened, written } = traces.push!;
    expect(opened).toContain(scene.fleet.config);
    expect(opened.filter((path) => repositories().some((each) => isIn(dirname(each))(path)))).toEqual([]);
    expect(written.length).toBeGreaterThan(100);
    expect(leaksIn(traces.push!, () => false)).toEqual([]);
  });

  test('the worker of a pull node opens key files in its own directory only, and writes keys nowhere else', () => {
    const { opened, written } = traces.pull!;
    const isHome = isIn(nodeNamed('pull').repository);
    expect(opened.filter(isHome).length).toBeGreaterThan(0);
    expect(opened.filter(isIn(nodeNamed('push').repository))).toEqual([]);
    const elsewhere = [...new Set(opened)].filter((path) => !isHome(path) && isFile(path));
    const places = elsewhere.map((name) => ({ name, content: readFileSync(name) }));
    expect(searchForKeys(places, keys)).toEqual([]);
    expect(leaksIn(traces.pull!, isHome)).toEqual([]);
    // The same search finds what the worker wrote where it may.
    const home = { opened, written: written.filter(({ to }) => isHome(to)) };
    expect(leaksIn(home, () => false)).not.toEqual([]);
  });

  function isFile(path: string): boolean {
    return (
      !/^\/(proc|sys|dev)\//.test(path) && (statSync(path, { throwIfNoEntry: false })?.isFile() ?? false)
    );
  }
});

describe.skipIf(isTraceable)('what the kernel sees of workers in a rotation (strace)', () => {
  test('NOT CHECKED: no process can be traced on this machine', () => {});
});

test('after a rotation no key is left in the memory of the worker of a pull node', async () => {
  const { pid } = machine.worker();
  expect(await rotate()).toMatchObject({ outcome: 'completed' });
  expect(searchForKeys(memoryOf(pid), allKeys())).toEqual([]);
  // Its own environment is there, so what is searched is its memory.
  expect([...memoryOf(pid)].some(({ content }) => content.includes(machine.config))).toBe(true);
});

describe('what is wrong over a running Temporal is refused by name, and nothing is written', () => {
  const OPERATION = `${rotationId(FLEET)}/0197c3f2-7c1e-7000-8000-000000000001`;
  const errand = { fleet: FLEET, operation: OPERATION };
  let intruder: Intruder;
  let mallory: Person;
  let traffic: Traffic;
  let before: string;

  /** Names, contents, owners and times of everything in all repositories. */
  const directories = () => JSON.stringify(repositories().map(treeOf));

  beforeAll(async () => {
    intruder = await startIntruder();
    mallory = await person('mallory');
    traffic = scene.startTraffic();
    before = directories();
  });
  afterAll(async () => {
    expect((await traffic.stop()).failures).toEqual([]);
    await intruder.stop();
  });

  const onPull = nodeTaskQueueOf(FLEET, 'pull');
  const announceAtPull = () =>
    intruder.ask<AnnounceOutcome>({
      taskQueue: onPull,
      activity: 'announceKey',
      request: { operation: OPERATION },
    });

  /** The last placement on the pull node that came with envelopes, as the history has it. */
  async function lastSealedPlacement(): Promise<{ taskQueue: string; request: PlaceRequest }> {
    const { events } = await scene.client.workflow.getHandle(rotationId(FLEET)).fetchHistory();
    const placements = events!.flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => {
      if (scheduled?.activityType?.name !== 'placeOnNodes' || scheduled.taskQueue!.name !== onPull) return [];
      const request = JSON.parse(
        Buffer.from(scheduled.input!.payloads![0]!.data!).toString(),
      ) as PlaceRequest;
      return request.sealed ? [{ taskQueue: onPull, request }] : [];
    });
    return placements.at(-1)!;
  }

  async function place(request: PlaceRequest, sealed: PlaceRequest['sealed']): Promise<NodeOutcome> {
    const [outcome] = await intruder.ask<NodeOutcome[]>({
      taskQueue: onPull,
      activity: 'placeOnNodes',
      request: { ...request, operation: OPERATION, sealed },
    });
    return outcome!;
  }

  /** An envelope for a fresh key of the pull node, by somebody. */
  async function forged(sender: Person, request: PlaceRequest): Promise<NodeOutcome> {
    const { fresh } = await announceAtPull();
    const announced = await readAnnouncement(
      Buffer.from(fresh!.announcement, 'base64'),
      ...([
        errand,
        { fingerprints: { pull: fingerprints.pull! }, authorities: [], retired: [] },
        sender.identity.name,
      ] as const),
    );
    const [key] = Object.keys(request.sealed!.envelopes);
    const envelope = await seal(generateKey(), errand, announced, sender.identity);
    return place(request, { freshKey: fresh!.id, envelopes: { [key!]: envelope.toString('base64') } });
  }

  function expectRefusal(problem: NodeOutcome['problem'], code: string, ...texts: string[]): void {
    expect(problem).toMatchObject({ code });
    for (const text of texts) expect(problem!.message).toContain(text);
    expect(directories()).toBe(before);
  }

  test('an old envelope, sent again as it was', async () => {
    const { request } = await lastSealedPlacement();
    const { problem } = await place(request, request.sealed);
    expectRefusal(problem, 'key-unavailable', 'pull', 'they are sealed again');
  });

  test('an old envelope, under a fresh key that was announced for it', async () => {
    const { request } = await lastSealedPlacement();
    const { fresh } = await announceAtPull();
    const { problem } = await place(request, { ...request.sealed!, freshKey: fresh!.id });
    expectRefusal(problem, 'key-unavailable', 'pull', 'it is sealed again');
  });

  test('an envelope of somebody whom nobody approved', async () => {
    const { problem } = await forged(mallory, (await lastSealedPlacement()).request);
    expectRefusal(problem, 'recipient-unapproved', 'pull', 'mallory', 'rotor recipient approve');
  });

  test('an envelope by another key than the approved one of that name', async () => {
    const { problem } = await forged(await person('worker'), (await lastSealedPlacement()).request);
    expectRefusal(
      problem,
      'recipient-unapproved',
      'pull',
      'signed by worker with another key',
      'rotor recipient show',
    );
  });

  test('the announcement of somebody whom nobody approved: no key is sealed to it', async () => {
    const { publicKey } = await mallory.freshKeys.make(errand);
    const announcement = (await announce(errand, publicKey, mallory.identity)).toString('base64');
    const { json } = await scene.rotorJson<Verification>('verify');
    const key = json.nodes[0]!.keys[0]!.fingerprint;
    const { problem, envelope } = await intruder.ask<SealOutcome>({
      taskQueue: taskQueueOf(FLEET),
      activity: 'sealKey',
      request: { operation: OPERATION, key, holders: ['push'], announcement },
    });
    expect(envelope).toBeNull();
    expectRefusal(problem, 'recipient-unapproved', 'worker', 'mallory', 'rotor recipient approve');
  });

  test('an approved announcement for another operation', async () => {
    const { fresh } = await announceAtPull();
    const { problem } = await intruder.ask<SealOutcome>({
      taskQueue: taskQueueOf(FLEET),
      activity: 'sealKey',
      request: { operation: `${OPERATION}0`, key: 'f', holders: ['push'], announcement: fresh!.announcement },
    });
    expectRefusal(problem, 'envelope-misdirected', 'worker', 'pull', 'a new one is asked for');
  });

  test("a pull node's worker with the identity of another", async () => {
    await newIdentity(machine.config, 'mallory');
    const { problem } = await announceAtPull();
    expectRefusal(problem, 'identity-missing', 'pull', 'mallory', 'rotor recipient new pull --replace');
    const json = await rotate();
    expect(json).toMatchObject({ outcome: 'failed', error: { code: 'identity-missing', nodes: ['pull'] } });
    expect(treeOf(nodeNamed('pull').repository)).toEqual((JSON.parse(before) as unknown[][])[1]);
    fingerprints.pull = await newIdentity(machine.config, 'pull');
    await approveAll([scene.fleet.config, machine.config], fingerprints);
    expect(await rotate()).toMatchObject({ outcome: 'completed' });
    before = directories();
  });

  test('a host key that changed', async () => {
    const known = readFileSync(scene.fleet.knownHosts, 'utf8');
    await nodeNamed('push').sshd.replaceHostKey();
    const verification = (await scene.rotorJson<Verification>('verify')).json;
    const { problems } = verification.nodes.find(({ name }) => name === 'push')!;
    expectRefusal({ node: 'push', ...problems[0]! }, 'host-key-changed', 'push', 'ssh-keygen -R');
    expect(readFileSync(scene.fleet.knownHosts, 'utf8')).toBe(known);
  });
});

function treeOf(directory: string): unknown[] {
  return readdirSync(directory, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((entry) => {
      const path = join(directory, entry.name);
      const { mode, uid, mtimeMs, ino } = statSync(path);
      const content = entry.isDirectory() ? treeOf(path) : readFileSync(path, 'latin1');
      return [entry.name, mode, uid, mtimeMs, ino, content];
    });
}
