import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OperationResult } from '../../core/rotation.js';
import { startWorker, type WorkerProcess } from '../../lab/worker.js';
import { rotationId } from '../../workflows/messages.js';
import type { Verification } from '../../workflows/verification.js';
import { phaseRuns } from '../support/phases.js';
import { startScene, type Scene } from '../support/scene.js';
import { until } from '../../lab/until.js';

const FLEET = 'four-workers';
const WORKERS = 4;

let scene: Scene;
const workers = new Map<number, WorkerProcess>();

beforeAll(async () => {
  scene = await startScene(FLEET, { pause: '500ms' });
  workers.set(scene.worker().pid, scene.worker());
  while (workers.size < WORKERS) await startOne();
});

afterAll(async () => {
  for (const worker of workers.values()) await worker.stop();
  await scene.stop();
});

async function startOne(): Promise<void> {
  const worker = await startWorker(scene.fleet.config, join(scene.directory, `worker-${workers.size}.log`));
  workers.set(worker.pid, worker);
}

/** The worker that has a visit in its hands; Temporal knows it by the process ID, with which the SDK names it. */
async function busyWorker(): Promise<WorkerProcess> {
  let busy: WorkerProcess | undefined;
  await until(async () => {
    const { raw } = await scene.client.workflow.getHandle(rotationId(FLEET)).describe();
    const [identity = ''] = (raw.pendingActivities ?? [])
      .filter(({ state }) => Number(state) === PENDING_ACTIVITY_STATE_STARTED)
      .map(({ lastWorkerIdentity }) => lastWorkerIdentity ?? '');
    busy = workers.get(Number(identity.split('@')[0]));
    return busy !== undefined;
  });
  return busy!;
}

const PENDING_ACTIVITY_STATE_STARTED = 2;

// Those that last long enough to be met; the fault suite strikes the worker in the others as well.
for (const phase of ['distribute', 'promote', 'stage']) {
  test(`of four workers the one that is at work is killed in ${phase}, and the others end the rotation`, async () => {
    const traffic = scene.startTraffic();
    const rotation = scene.rotorJson<OperationResult>('rotate');
    await phaseRuns(scene.client, FLEET, phase);
    const victim = await busyWorker();
    await victim.kill();
    workers.delete(victim.pid);
    const [{ json }] = await Promise.all([rotation, startOne()]);
    expect(json).toMatchObject({ outcome: 'completed', error: null });
    expect((await traffic.stop()).failures).toEqual([]);
    expect((await scene.rotorJson<Verification>('verify')).json.inSync).toBe(true);
  });
}
