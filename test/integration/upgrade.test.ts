import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OperationResult } from '../../core/rotation.js';
import { rotationId } from '../../workflows/messages.js';
import { nextVersion } from '../histories/next-version.js';
import { quietSdk } from '../../lab/quiet-sdk.js';
import { startInProcessWorker } from '../support/in-process-worker.js';
import { phaseRuns } from '../support/phases.js';
import { startScene, type Scene } from '../support/scene.js';

const FLEET = 'upgrade';
let scene: Scene;

beforeAll(async () => {
  quietSdk();
  scene = await startScene(FLEET, {
    nodes: [
      { name: 'ctl1', region: 'region-one' },
      { name: 'ctl2', region: 'region-two' },
    ],
  });
});
afterAll(async () => {
  await scene.stop();
});

test('a worker of the next version, which keeps no workflow in memory, goes on with a rotation that one of the present version began', async () => {
  const next = await nextVersion({ isPatched: true });
  const traffic = scene.startTraffic();
  const rotation = scene.rotorJson<OperationResult>('rotate');
  await phaseRuns(scene.client, FLEET, 'distribute');
  await scene.worker().stop();
  const worker = await startInProcessWorker(FLEET, scene.fleet.config, {
    workflowBundle: { code: next },
    // Every step is replayed from the beginning of the rotation.
    maxCachedWorkflows: 0,
  });
  expect((await rotation).json).toMatchObject({ outcome: 'completed', error: null });
  await worker.stop();
  expect((await traffic.stop()).failures).toEqual([]);
  const { events } = await scene.client.workflow.getHandle(rotationId(FLEET)).fetchHistory();
  expect(
    events!.some(
      ({ markerRecordedEventAttributes }) => markerRecordedEventAttributes?.markerName === 'core_patch',
    ),
    'the next version did what it does more',
  ).toBe(true);
}, 300_000);
