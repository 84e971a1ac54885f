import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OperationResult } from '../../core/rotation.js';
import { rotateByHand } from '../../lab/keystone.js';
import { toolsDirectory } from '../../lab/tools.js';
import { issueToken, validateToken } from '../../lab/traffic.js';
import { startScene, type Scene } from '../support/scene.js';

/** kolla-ansible's own script (Apache-2.0), as its package brings it. */
const PUSH = `${toolsDirectory}/kolla/share/kolla-ansible/ansible/roles/keystone/templates/fernet-push.sh.j2`;
/** More than the page on taking over asks for: here rotations follow each other at once, and nothing expires meanwhile. */
const MAX_ACTIVE_KEYS = 12;

let scene: Scene;
const tokens: string[] = [];

beforeAll(async () => {
  scene = await startScene('takeover', {
    pause: '100ms',
    maxActiveKeys: MAX_ACTIVE_KEYS,
    overrides: { tokens: { expiration: '1h', allowExpiredWindow: '48h', maxActiveKeys: MAX_ACTIVE_KEYS } },
  });
});
afterAll(() => scene.stop());

/** The options that kolla's script gives rsync, but for the way to the other hosts. */
function pushOptions(): string[] {
  const line = /rsync (?!--dry-run)(-\w+) -e '.*' (--delete) /.exec(readFileSync(PUSH, 'utf8'));
  return line!.slice(1);
}

/** What kolla's cron does on its host: rotate there, then push to the others. */
async function kollaRotates(hosts = scene.fleet.nodes): Promise<void> {
  const [first, ...others] = hosts;
  await rotateByHand(first!);
  for (const { repository } of others)
    execFileSync('rsync', [...pushOptions(), `${first!.repository}/`, `${repository}/`]);
}

async function issueOnEachNode(): Promise<void> {
  for (const { url } of scene.fleet.nodes) tokens.push(await issueToken(url, scene.fleet.admin));
}

/** Every token that was ever issued, on every node. */
async function refusals(): Promise<string[]> {
  const answers = await Promise.all(
    scene.fleet.nodes.flatMap(({ name, url }) =>
      tokens.map(async (token, index) => {
        const auth = await issueToken(url, scene.fleet.admin);
        const status = await validateToken(url, auth, token);
        return status === 200 ? [] : [`${name}: token ${index}: ${status}`];
      }),
    ),
  );
  return answers.flat();
}

async function rotorRotates(): Promise<void> {
  const { json } = await scene.rotorJson<OperationResult>('rotate', '--reason', 'taking over from kolla');
  expect(json).toMatchObject({ outcome: 'completed', error: null });
}

test('a fleet that kolla rotated, one node of it behind, is taken over without a token lost', async () => {
  await kollaRotates();
  await issueOnEachNode();
  await kollaRotates(scene.fleet.nodes.slice(0, 2));
  await issueOnEachNode();
  expect((await scene.rotor('verify')).code).toBe(4);
  await rotorRotates();
  await issueOnEachNode();
  expect(await refusals()).toEqual([]);
});

test('a cron of kolla that was forgotten fires in between: what it began is finished', async () => {
  await kollaRotates();
  await issueOnEachNode();
  await rotorRotates();
  expect(await refusals()).toEqual([]);
});

test('and back: kolla goes on from what is there', async () => {
  await kollaRotates();
  await issueOnEachNode();
  expect(await refusals()).toEqual([]);
});
