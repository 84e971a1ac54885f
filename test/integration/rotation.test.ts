import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OperationResult } from '../../core/rotation.js';
import type { Verification } from '../../workflows/verification.js';
import { issueToken, validateToken } from '../../lab/traffic.js';
import { readWithPython } from '../support/python-reading.js';
import { startScene, type Scene } from '../support/scene.js';
import { until } from '../../lab/until.js';

let scene: Scene;

beforeAll(async () => {
  scene = await startScene('rotation');
});
afterAll(() => scene.stop());

describe('a rotation over real Keystone nodes', () => {
  test('promotes the standby everywhere and stages a new key, with no validation refused', async () => {
    const before = (await scene.rotorJson<Verification>('verify')).json;
    const traffic = scene.startTraffic();
    const { code, json } = await scene.rotorJson<OperationResult>('rotate', '--reason', 'test');
    const counts = await traffic.stop();

    expect(json).toMatchObject({ outcome: 'completed', error: null, nodes: 3, pruned: [] });
    expect(code).toBe(0);
    expect(json.primary).toBe(before.nodes[0]!.keys.find(({ state }) => state === 'staged')!.fingerprint);
    expect(json.retained).toHaveLength(1);
    expect(counts.failures).toEqual([]);
    expect(counts.validations).toBeGreaterThan(50);
  });

  test('afterwards `verify` agrees with an independent reading of the directories', async () => {
    const { code, json } = await scene.rotorJson<Verification>('verify');
    expect(code).toBe(0);
    expect(json.inSync).toBe(true);
    for (const node of json.nodes) {
      const { repository } = scene.fleet.nodes.find(({ name }) => name === node.name)!;
      const reading = await readWithPython(repository);
      expect(Object.fromEntries(node.keys.map(({ index, fingerprint }) => [index, fingerprint]))).toEqual(
        reading,
      );
    }
  });

  test('twenty rotations in a row, faster than tokens expire, keep every token: by age, not by count', async () => {
    const { nodes, admin } = scene.fleet;
    const old = await Promise.all(nodes.map((node) => issueToken(node.url, admin)));
    const traffic = scene.startTraffic();
    for (let rotation = 1; rotation <= 20; rotation++) {
      const { json } = await scene.rotorJson<OperationResult>('rotate');
      expect(json, `rotation ${rotation}`).toMatchObject({ outcome: 'completed', pruned: [] });
    }
    const counts = await traffic.stop();
    expect(counts.failures).toEqual([]);
    for (const { url } of nodes) {
      const auth = await issueToken(url, admin);
      for (const token of old) expect(await validateToken(url, auth, token)).toBe(200);
    }
    expect((await scene.rotorJson<Verification>('verify')).json.inSync).toBe(true);
  }, 600_000);

  test('leaves no key in the heap of the worker', async () => {
    await scene.worker().stop();
    await scene.restartWorker(['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${scene.directory}`]);
    expect((await scene.rotorJson<OperationResult>('rotate')).json.outcome).toBe('completed');
    process.kill(scene.worker().pid, 'SIGUSR2');
    // The dump is searched with everything else in that directory when the scene ends.
    await until(() => heapDumps().some((dump) => isWhole(dump)));
  });
});

function heapDumps(): string[] {
  const names = readdirSync(scene.directory).filter((name) => name.endsWith('.heapsnapshot'));
  return names.map((name) => join(scene.directory, name));
}

/** The dump ends with the list of its strings. */
function isWhole(dump: string): boolean {
  return readFileSync(dump, 'latin1').trimEnd().endsWith(']}');
}
