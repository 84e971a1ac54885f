import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OperationResult } from '../../core/rotation.js';
import type { Verification } from '../../workflows/verification.js';
import { approveAll, machinesOf, newIdentity, type Machine } from '../support/machines.js';
import { startScene, type Scene } from '../support/scene.js';

let scene: Scene;
let machines: Machine[];

beforeAll(async () => {
  scene = await startScene('pull-only', {
    nodes: [
      { name: 'one', region: 'region-one', pull: true },
      { name: 'two', region: 'region-two', pull: true },
    ],
    prepare: async (fleet) => {
      machines = machinesOf(fleet);
      const fingerprints: Record<string, string> = {};
      for (const { node, config } of machines) fingerprints[node] = await newIdentity(config, node);
      await approveAll([fleet.config, ...machines.map(({ config }) => config)], fingerprints);
      for (const machine of machines) await machine.start();
    },
  });
});

afterAll(async () => {
  for (const machine of machines) await machine.worker().stop();
  await scene.stop();
});

test('a fleet of pull nodes only is rotated by a worker that reaches none and has no identity', async () => {
  const traffic = scene.startTraffic();
  const { json } = await scene.rotorJson<OperationResult>('rotate');
  expect(json).toMatchObject({ outcome: 'completed', error: null });
  expect((await traffic.stop()).failures).toEqual([]);
  expect((await scene.rotorJson<Verification>('verify')).json.inSync).toBe(true);
});
