import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { OperationResult, Progress } from '../../core/rotation.js';
import { rotationId } from '../../workflows/messages.js';
import { nextVersion } from '../histories/next-version.js';
import { quietTemporal, startInProcessWorker } from '../support/in-process-worker.js';
import { startScene, type Scene } from '../support/scene.js';
import { until } from '../support/until.js';

const FLEET = 'upgrade';
let scene: Scene;
let connection: Connection;
let client: Client;

beforeAll(async () => {
  quietTemporal();
  scene = await startScene(FLEET, {
    nodes: [
      { name: 'ctl1', region: 'region-one' },
      { name: 'ctl2', region: 'region-two' },
    ],
  });
  connection = await Connection.connect({ address: inject('temporalAddress') });
  client = new Client({ connection });
});
afterAll(async () => {
  await connection.close();
  await scene.stop();
});

async function phaseRuns(phase: string): Promise<void> {
  await until(async () => {
    const { steps } = await client.workflow.getHandle(rotationId(FLEET)).query<Progress>('progress');
    return steps.some((step) => step.phase === phase && step.endedAt === null);
  });
}

test('a worker of the next version, which keeps no workflow in memory, goes on with a rotation that one of the present version began', async () => {
  const next = await nextVersion({ isPatched: true });
  const traffic = scene.startTraffic();
  const rotation = scene.rotorJson<OperationResult>('rotate');
  await phaseRuns('distribute');
  await scene.worker().stop();
  const worker = await startInProcessWorker(FLEET, scene.fleet.config, {
    workflowBundle: { code: next },
    // Every step is replayed from the beginning of the rotation.
    maxCachedWorkflows: 0,
  });
  expect((await rotation).json).toMatchObject({ outcome: 'completed', error: null });
  await worker.stop();
  expect((await traffic.stop()).failures).toEqual([]);
  const { events } = await client.workflow.getHandle(rotationId(FLEET)).fetchHistory();
  expect(
    events!.some(
      ({ markerRecordedEventAttributes }) => markerRecordedEventAttributes?.markerName === 'core_patch',
    ),
    'the next version did what it does more',
  ).toBe(true);
}, 300_000);
