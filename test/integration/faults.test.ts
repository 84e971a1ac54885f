import { readFileSync, writeFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Progress, OperationResult } from '../../core/rotation.js';
import type { Verification } from '../../workflows/verification.js';
import { rotateByHand } from '../../lab/keystone.js';
import { rotationId } from '../../workflows/messages.js';
import { startScene, type Scene } from '../support/scene.js';
import { until } from '../support/until.js';

const FLEET = 'faults';
let scene: Scene;
let connection: Connection;
let client: Client;

beforeAll(async () => {
  scene = await startScene(FLEET, {
    pause: '1s',
    // Short enough that keys expire while the test looks on, long enough that traffic re-validates old tokens.
    tokens: { expirationSeconds: 30, allowExpiredWindowSeconds: 0 },
    margin: '1s',
    // As the README asks: room for what a stray rotate adds.
    maxActiveKeys: 20,
  });
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

/** Rotations until keys have expired and lie about, so that one has something to prune at its end. */
async function leaveSomethingToPrune(): Promise<void> {
  for (let rotation = 1; rotation <= 3; rotation++) await scene.rotor('rotate');
  const { json } = await scene.rotorJson<OperationResult>('rotate');
  const last = Math.max(...json.retained.map(({ until }) => Date.parse(until)));
  await until(() => Date.now() > last);
}

test('a worker killed while it looks at the nodes and started again completes the rotation', async () => {
  await scene.worker().kill();
  const rotation = scene.rotorJson<OperationResult>('rotate');
  await until(
    async () => (await client.workflow.getHandle(rotationId(FLEET)).describe()).status.name === 'RUNNING',
  );
  await scene.restartWorker();
  expect((await rotation).json).toMatchObject({ outcome: 'completed' });
});

for (const phase of ['distribute', 'confirm', 'promote', 'stage', 'prune']) {
  test(`a worker killed in the middle of ${phase} and started again completes the rotation`, async () => {
    if (phase === 'prune') await leaveSomethingToPrune();
    const traffic = scene.startTraffic();
    const rotation = scene.rotorJson<OperationResult>('rotate');
    await phaseRuns(phase);
    await scene.worker().kill();
    await scene.restartWorker();
    const { code, json } = await rotation;
    const counts = await traffic.stop();
    expect(json).toMatchObject({ outcome: 'completed', error: null });
    if (phase === 'prune') expect(json.pruned.length).toBeGreaterThan(0);
    expect(code).toBe(0);
    expect(counts.failures).toEqual([]);
    expect((await scene.rotorJson<Verification>('verify')).json.inSync).toBe(true);
  });
}

test('a configuration that is broken in the middle of promote is waited out, and the rotation completes', async () => {
  const config = readFileSync(scene.fleet.config, 'utf8');
  const traffic = scene.startTraffic();
  const rotation = scene.rotorJson<OperationResult>('rotate', '--no-wait');
  await phaseRuns('promote');
  writeFileSync(scene.fleet.config, 'fleet: [');
  await rotation;
  const progress = () => client.workflow.getHandle(rotationId(FLEET)).query<Progress>('progress');
  await until(async () => (await progress()).blocking.some(({ code }) => code === 'configuration'));
  writeFileSync(scene.fleet.config, config);
  expect(await client.workflow.getHandle(rotationId(FLEET)).result()).toMatchObject({ outcome: 'completed' });
  expect((await traffic.stop()).failures).toEqual([]);
});

test('a stray rotate by hand at a moment of each phase refuses no token, and the rotation completes', async () => {
  for (const [index, phase] of ['distribute', 'promote', 'stage'].entries()) {
    const traffic = scene.startTraffic();
    const rotation = scene.rotorJson<OperationResult>('rotate');
    await phaseRuns(phase);
    await rotateByHand(scene.fleet.nodes[index]!);
    expect((await rotation).json, phase).toMatchObject({ outcome: 'completed', error: null });
    expect((await traffic.stop()).failures, phase).toEqual([]);
    expect((await scene.rotorJson<Verification>('verify')).json.inSync, phase).toBe(true);
  }
});
