import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { OperationResult } from '../../core/rotation.js';
import { rotateByHand } from '../../lab/keystone.js';
import { issueToken, startTraffic, validateToken } from '../../lab/traffic.js';
import type { Planning } from '../../workflows/planning.js';
import type { Verification } from '../../workflows/verification.js';
import { readWithPython } from '../support/python-reading.js';
import { startScene, type Scene } from '../support/scene.js';
import { until } from '../../lab/until.js';

let scene: Scene;

beforeAll(async () => {
  scene = await startScene('repairs', {
    nodes: ['ctl1', 'ctl2', 'ctl3', 'ctl4'].map((name, index) => ({
      name,
      region: index < 2 ? 'region-one' : 'region-two',
    })),
    // As the README asks: room for what a stray rotate adds.
    maxActiveKeys: 30,
    waitForNode: '8s',
  });
});
afterAll(() => scene.stop());

const node = (name: string) => scene.fleet.nodes.find((each) => each.name === name)!;

interface Inventory {
  inventory: { sites: { nodes: { name: string }[] }[] }[];
}

/** Only these nodes are in `rotor.yaml`. */
function inventoryOf(...names: string[]): void {
  const document = parse(original) as Inventory;
  for (const site of document.inventory[0]!.sites)
    site.nodes = site.nodes.filter(({ name }) => names.includes(name));
  document.inventory[0]!.sites = document.inventory[0]!.sites.filter(({ nodes }) => nodes.length > 0);
  writeFileSync(scene.fleet.config, stringify(document));
}
let original: string;
beforeAll(() => {
  original = readFileSync(scene.fleet.config, 'utf8');
});

function wipe(name: string): void {
  const { repository } = node(name);
  rmSync(repository, { recursive: true });
  mkdirSync(repository, { mode: 0o700 });
}

function trafficOn(...names: string[]) {
  return startTraffic({ nodes: names.map(node), admin: scene.fleet.admin });
}

async function completed(...args: string[]): Promise<OperationResult> {
  const { code, json } = await scene.rotorJson<OperationResult>(...args);
  expect(json, JSON.stringify(json)).toMatchObject({ outcome: 'completed', error: null });
  expect(code).toBe(0);
  return json;
}

async function expectInSync(): Promise<void> {
  const { json } = await scene.rotorJson<Verification>('verify');
  expect(json.nodes.flatMap(({ problems }) => problems)).toEqual([]);
  expect(json.inSync).toBe(true);
}

const issue = (name: string) => issueToken(node(name).url, scene.fleet.admin);

async function expectValidOn(names: readonly string[], tokens: readonly string[]): Promise<void> {
  for (const name of names) {
    const auth = await issue(name);
    for (const [index, token] of tokens.entries())
      expect(await validateToken(node(name).url, auth, token), `token ${index} on ${name}`).toBe(200);
  }
}

describe('nodes that come and go', () => {
  test('a new, empty node is brought every key before it serves, and no validation fails', async () => {
    inventoryOf('ctl1', 'ctl2', 'ctl3');
    await completed('rotate');
    wipe('ctl4');
    inventoryOf('ctl1', 'ctl2', 'ctl3', 'ctl4');
    const before = await issue('ctl1');
    const traffic = trafficOn('ctl1', 'ctl2', 'ctl3');
    await completed('rotate');
    expect((await traffic.stop()).failures).toEqual([]);
    await expectInSync();
    await expectValidOn(['ctl1', 'ctl2', 'ctl3', 'ctl4'], [before, await issue('ctl4')]);
  });

  test('a fenced node is not waited for, and comes back only with every key', async () => {
    await node('ctl4').sshd.stop();
    expect((await scene.rotor('fence', 'ctl4')).code).toBe(0);
    const traffic = trafficOn('ctl1', 'ctl2', 'ctl3');
    await completed('rotate');
    expect((await traffic.stop()).failures).toEqual([]);
    const fenced = (await scene.rotorJson<Verification>('verify')).json;
    expect(fenced.inSync).toBe(true);
    expect(fenced.nodes.find(({ name }) => name === 'ctl4')).toMatchObject({ fenced: true });

    const away = await scene.rotorJson<OperationResult>('unfence', 'ctl4');
    expect(away.json).toMatchObject({ outcome: 'blocked', error: { code: 'unreachable', nodes: ['ctl4'] } });
    expect(away.code).toBe(3);
    await node('ctl4').sshd.start();
    // It goes on waiting for a while; whether it still does when the node is back, or has given up, is the same in the end.
    await until(async () => (await scene.rotorJson<{ phase: string }>('status')).json.phase === 'idle');
    await completed('reconcile');
    await expectInSync();
    const { json } = await scene.rotorJson<Verification>('verify');
    expect(json.nodes.every(({ standing }) => standing === 'serving')).toBe(true);
  });

  test('the last serving node, and one that does not exist, are not fenced', async () => {
    inventoryOf('ctl1');
    expect(await scene.rotor('fence', 'ctl1')).toMatchObject({ code: 1 });
    expect((await scene.rotor('fence', 'ctl9')).stderr).toContain('ctl9');
    inventoryOf('ctl1', 'ctl2', 'ctl3', 'ctl4');
  });
});

describe('nodes that were damaged', () => {
  test('a wiped node: rotate refuses before anything changes, reconcile fills it, and nobody else notices', async () => {
    inventoryOf('ctl1', 'ctl2', 'ctl3');
    await completed('rotate', '--yes');
    const traffic = trafficOn('ctl1', 'ctl3');
    wipe('ctl2');
    const refused = await scene.rotorJson<OperationResult>('rotate');
    expect(refused.json).toMatchObject({
      outcome: 'failed',
      error: { code: 'empty-repository', nodes: ['ctl2'] },
    });
    const unasked = await scene.rotor('reconcile', '--node', 'ctl2');
    expect(unasked.code).toBe(2);
    expect(readdirSync(node('ctl2').repository).filter((name) => name !== '.rotor')).toEqual([]);
    await completed('reconcile', '--node', 'ctl2', '--yes');
    expect((await traffic.stop()).failures).toEqual([]);
    const after = trafficOn('ctl1', 'ctl2', 'ctl3');
    await until(() => after.counts.validations > 60);
    expect((await after.stop()).failures).toEqual([]);
    await expectInSync();
  });

  test('a node restored from an old backup: none but on that node, and none there after reconcile', async () => {
    const backup = join(scene.directory, 'backup');
    cpSync(node('ctl3').repository, backup, { recursive: true });
    await completed('rotate');
    await completed('rotate');
    const traffic = trafficOn('ctl1', 'ctl2');
    rmSync(node('ctl3').repository, { recursive: true });
    cpSync(backup, node('ctl3').repository, { recursive: true });
    // Keys are looked for everywhere else when the scene ends.
    rmSync(backup, { recursive: true });
    const meanwhile = await issue('ctl3');
    await completed('reconcile', '--yes');
    expect((await traffic.stop()).failures).toEqual([]);
    const after = trafficOn('ctl1', 'ctl2', 'ctl3');
    expect(await after.check(meanwhile)).toBe(true);
    await until(() => after.counts.validations > 60);
    expect((await after.stop()).failures).toEqual([]);
    await expectInSync();
  });

  test('what is no key is mended, or moved aside where nothing is lost', async () => {
    const { repository } = node('ctl2');
    writeFileSync(join(repository, '1'), 'not a key', { mode: 0o600 });
    writeFileSync(join(repository, 'README'), 'mine', { mode: 0o600 });
    cpSync(join(repository, '0'), join(repository, '007'));
    expect((await scene.rotor('verify')).code).toBe(4);
    await completed('reconcile', '--yes');
    await expectInSync();
    expect(readFileSync(join(repository, '.rotor/aside/README'), 'utf8')).toBe('mine');
    await readWithPython(repository);
  });
});

describe('strangers', () => {
  for (const name of ['ctl1', 'ctl2', 'ctl3']) {
    test(`one rotate by hand on ${name} at a random moment of a rotation refuses no token`, async () => {
      const traffic = trafficOn('ctl1', 'ctl2', 'ctl3');
      const rotation = scene.rotorJson<OperationResult>('rotate');
      const moment = Math.random() * 120;
      await until(() => traffic.counts.validations > moment);
      await rotateByHand(node(name));
      expect((await rotation).json).toMatchObject({ outcome: 'completed', error: null });
      // It may have come after the last look of the rotation.
      await completed('reconcile');
      expect((await traffic.stop()).failures, `after ${moment} validations`).toEqual([]);
      await expectInSync();
    });
  }

  test('two rotates by hand: after reconcile every token that any node ever issued is valid on every node', async () => {
    const names = ['ctl1', 'ctl2', 'ctl3'];
    const tokens = await Promise.all(names.map(issue));
    for (let rotate = 1; rotate <= 2; rotate++) {
      await rotateByHand(node('ctl1'));
      tokens.push(...(await Promise.all(names.map(issue))));
    }
    const found = await scene.rotorJson<Verification>('verify');
    expect(found.code).toBe(4);
    expect(found.json.nodes[0]!.problems.map(({ code }) => code)).toContain('unknown-primary');
    expect((await scene.rotor('reconcile')).code).toBe(2);
    await completed('reconcile', '--yes');
    await expectValidOn(names, tokens);
    await expectInSync();
  });
});

describe('before and after', () => {
  test('`plan` says what a rotation would do and changes nothing; the rotation does just that', async () => {
    const before = await Promise.all(scene.fleet.nodes.map(({ repository }) => readWithPython(repository)));
    const { code, json } = await scene.rotorJson<Planning>('plan');
    expect(code).toBe(0);
    expect(json.stoppedBy).toBeNull();
    expect(json.steps.map(({ phase }) => phase)).toEqual(
      expect.arrayContaining(['distribute', 'confirm', 'promote', 'stage']),
    );
    expect(await Promise.all(scene.fleet.nodes.map(({ repository }) => readWithPython(repository)))).toEqual(
      before,
    );
    expect((await scene.rotorJson<Planning>('plan', '--steps', '30')).json.steps).toHaveLength(30);
  });

  test('revoke asks first, then every old token is dead everywhere and every new one alive', async () => {
    const names = ['ctl1', 'ctl2', 'ctl3'];
    const old = await Promise.all(names.map(issue));
    expect((await scene.rotor('revoke', '--reason', 'test')).code).toBe(2);
    await expectValidOn(names, old);
    const { revoked } = await completed('revoke', '--reason', 'test', '--yes');
    expect(revoked.length).toBeGreaterThan(2);
    for (const name of names) {
      const auth = await issue(name);
      for (const token of old) expect(await validateToken(node(name).url, auth, token)).toBe(404);
    }
    await expectValidOn(names, await Promise.all(names.map(issue)));
    await expectInSync();
    const keys = await Promise.all(names.map((name) => readWithPython(node(name).repository)));
    for (const key of keys.flatMap((reading) => Object.values(reading))) expect(revoked).not.toContain(key);
    await completed('rotate');
  });

  test('an empty fleet gets its first keys after a yes', async () => {
    for (const name of ['ctl1', 'ctl2', 'ctl3']) wipe(name);
    expect((await scene.rotor('reconcile')).code).toBe(2);
    await completed('reconcile', '--yes');
    await expectInSync();
    await expectValidOn(['ctl1', 'ctl2', 'ctl3'], await Promise.all(['ctl1', 'ctl2', 'ctl3'].map(issue)));
  });
});
