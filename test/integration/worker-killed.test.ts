import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Progress, RotationResult } from '../../core/rotation.js';
import type { Verification } from '../../workflows/verification.js';
import { rotationId } from '../../workflows/messages.js';
import { startScene, type Scene } from '../support/scene.js';
import { until } from '../support/until.js';

const FLEET = 'worker-killed';
let scene: Scene;
let connection: Connection;
let client: Client;

beforeAll(async () => {
  scene = await startScene(FLEET, { pause: '1s' });
  connection = await Connection.connect({ address: inject('temporalAddress') });
  client = new Client({ connection });
});
afterAll(async () => {
  await connection.close();
  await scene.stop();
});

/** Resolves while a step of the phase is at work. */
async function phaseRuns(phase: string): Promise<void> {
  await until(async () => {
    const progress = await client.workflow.getHandle(rotationId(FLEET)).query<Progress>('progress');
    return progress.steps.some((step) => step.phase === phase && step.endedAt === null);
  });
}

for (const phase of ['distribute', 'confirm', 'promote', 'stage']) {
  test(`a worker killed in the middle of ${phase} and started again completes the rotation`, async () => {
    const traffic = scene.startTraffic();
    const rotation = scene.rotorJson<RotationResult>('rotate');
    await phaseRuns(phase);
    await scene.worker().kill();
    await scene.restartWorker();
    const { code, json } = await rotation;
    const counts = await traffic.stop();
    expect(json).toMatchObject({ outcome: 'completed', error: null });
    expect(code).toBe(0);
    expect(counts.failures).toEqual([]);
    expect((await scene.rotorJson<Verification>('verify')).json.inSync).toBe(true);
  });
}
