import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OperationResult } from '../../core/rotation.js';
import type { Verification } from '../../workflows/verification.js';
import { EMPTY_LEDGER, nextRevision } from '../../core/ledger.js';
import {
  closeOperation,
  fleetId,
  openOperation,
  rotationId,
  saveLedger,
  type FleetState,
} from '../../workflows/messages.js';
import { phaseRuns } from '../support/phases.js';
import { startScene, type Scene } from '../support/scene.js';
import { until } from '../../lab/until.js';

const FLEET = 'shutdown';
let scene: Scene;

beforeAll(async () => {
  // A grace that is shorter than a pause: what runs is told to stop in its middle.
  scene = await startScene(FLEET, { pause: '1s', overrides: { worker: { grace: '100ms' } } });
});
afterAll(async () => {
  await scene.stop();
});

/** Resolves while a worker is in the middle of nodes' visits. */
function isBusyIn(phase: string): Promise<void> {
  return phaseRuns(scene.client, FLEET, phase, { isAtWork: true });
}

/** Tells the worker that runs now. */
async function tell(...signals: NodeJS.Signals[]): Promise<{ exitCode: number | null; said: string }> {
  const { pid, ended, log } = scene.worker();
  const before = readFileSync(log, 'utf8').length;
  const said = () => readFileSync(log, 'utf8').slice(before);
  for (const [index, signal] of signals.entries()) {
    // One after the other was heard; two at once may be one to the kernel.
    if (index > 0) await until(() => said().includes('takes no new work'));
    process.kill(pid, signal);
  }
  return { exitCode: await ended, said: said() };
}

test('workers that are told to end in the middle of distribute, promote and stage leave the rotation to the next one', async () => {
  const traffic = scene.startTraffic();
  const rotation = scene.rotorJson<OperationResult>('rotate');

  await isBusyIn('distribute');
  const terminated = await tell('SIGTERM');
  expect(terminated.exitCode).toBe(0);
  expect(terminated.said).toContain('drained');
  await scene.restartWorker();

  await isBusyIn('promote');
  const interrupted = await tell('SIGINT');
  expect(interrupted.exitCode).toBe(0);
  expect(interrupted.said).toContain('drained');
  await scene.restartWorker();

  await isBusyIn('stage');
  const twice = await tell('SIGTERM', 'SIGTERM');
  expect(twice.exitCode).toBe(143);
  expect(twice.said).toContain('ended at once');
  await scene.restartWorker();

  const { json } = await rotation;
  expect(json).toMatchObject({ outcome: 'completed', error: null });
  expect((await traffic.stop()).failures).toEqual([]);
  expect((await scene.rotorJson<Verification>('verify')).json.inSync).toBe(true);
}, 300_000);

test('the ledger outlives the workflow that holds it, when somebody ends that under a rotation', async () => {
  const handle = scene.client.workflow.getHandle(fleetId(FLEET));
  const state = () => handle.query<FleetState>('state');
  const before = await state();
  const traffic = scene.startTraffic();
  const rotation = scene.rotorJson<OperationResult>('rotate');
  await isBusyIn('distribute');
  await handle.terminate('a test');
  expect((await rotation).json).toMatchObject({ outcome: 'completed', error: null });
  expect((await traffic.stop()).failures).toEqual([]);

  const after = await state();
  expect(after).toMatchObject({ operation: null, lastRotation: { outcome: 'completed' } });
  expect(after.ledger.revision).toBeGreaterThan(before.ledger.revision);
  for (const [key, { firstSeenAt }] of Object.entries(before.ledger.keys))
    expect(after.ledger.keys[key]).toMatchObject({ firstSeenAt });
}, 300_000);

test('what an operation sends that has ended, or late, changes nothing in the ledger on record', async () => {
  const handle = scene.client.workflow.getHandle(fleetId(FLEET));
  const state = () => handle.query<FleetState>('state');
  const before = await state();
  const [ended] = before.past;
  const late = { operation: ended!, ledger: EMPTY_LEDGER };
  await expect(handle.executeUpdate(saveLedger, { args: [late] })).rejects.toThrow();
  await expect(handle.executeUpdate(openOperation, { args: [late] })).rejects.toThrow();
  await handle.executeUpdate(closeOperation, { args: [{ ...late, result: null }] });
  expect(await state()).toEqual(before);

  const operation = `${rotationId(FLEET)}/test`;
  const first = nextRevision(await handle.executeUpdate(openOperation, { args: [{ operation }] }));
  const second = nextRevision(first);
  await handle.executeUpdate(saveLedger, { args: [{ operation, ledger: second }] });
  await expect(handle.executeUpdate(saveLedger, { args: [{ operation, ledger: first }] })).rejects.toThrow();
  expect((await state()).ledger).toEqual(second);
});
