import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OperationResult } from '../../core/rotation.js';
import { startTemporal, type TemporalServer } from '../../lab/temporal.js';
import { issueToken, validateToken } from '../../lab/traffic.js';
import { until } from '../../lab/until.js';
import { rotationId } from '../../workflows/messages.js';
import type { Planning } from '../../workflows/planning.js';
import type { Verification } from '../../workflows/verification.js';
import { startScene, type Scene } from '../support/scene.js';

/** Short enough that what is kept by age shows, long enough that no token of the test expires. */
const TOKENS = { expirationSeconds: 1_800, allowExpiredWindowSeconds: 600 };
const MARGIN_SECONDS = 60;
const KEPT_MS = (TOKENS.expirationSeconds + TOKENS.allowExpiredWindowSeconds + MARGIN_SECONDS) * 1_000;

let directory: string;
let temporal: TemporalServer;
let scene: Scene;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rotor-temporal-lost-'));
  temporal = await startTemporal({ directory });
  scene = await startScene('lost', {
    temporalAddress: temporal.address,
    pause: '100ms',
    tokens: TOKENS,
    margin: `${MARGIN_SECONDS}s`,
  });
});
afterAll(async () => {
  await scene.stop();
  await temporal.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** A server on the same address that knows nothing. */
async function loseTemporal(): Promise<void> {
  const { address, databaseFile } = temporal;
  await temporal.stop();
  for (const file of [databaseFile, `${databaseFile}-wal`, `${databaseFile}-shm`])
    rmSync(file, { force: true });
  temporal = await startTemporal({ directory, port: Number(address.split(':')[1]) });
}

const keysOf = ({ nodes }: Verification) =>
  new Set(nodes.flatMap(({ keys }) => keys.map((key) => key.fingerprint)));

test('with the database of Temporal gone, a new one adopts the fleet and prunes nothing before any token can have expired', async () => {
  const traffic = scene.startTraffic();
  const tokens: string[] = [];
  for (let rotation = 1; rotation <= 2; rotation++) {
    for (const { url } of scene.fleet.nodes) tokens.push(await issueToken(url, scene.fleet.admin));
    expect((await scene.rotorJson<OperationResult>('rotate')).json).toMatchObject({ outcome: 'completed' });
  }
  const firstSeenNotBefore = Date.now();
  await loseTemporal();

  const { json: found } = await scene.rotorJson<Verification>('verify');
  expect(found).toMatchObject({ inSync: true });
  expect((await scene.rotorJson<Planning>('plan')).code).toBe(0);
  const { json } = await scene.rotorJson<OperationResult>('rotate');
  expect(json).toMatchObject({ outcome: 'completed', error: null, pruned: [] });

  const { json: after } = await scene.rotorJson<Verification>('verify');
  const old = [...keysOf(found)].filter((key) => key !== json.primary && key !== json.staged);
  expect(old.length).toBeGreaterThan(1);
  for (const key of old) {
    expect(keysOf(after)).toContain(key);
    const until = json.retained.find(({ fingerprint }) => fingerprint === key)!.until;
    expect(Date.parse(until)).toBeGreaterThanOrEqual(firstSeenNotBefore + KEPT_MS);
  }
  for (const { url } of scene.fleet.nodes) {
    const auth = await issueToken(url, scene.fleet.admin);
    for (const token of tokens) expect(await validateToken(url, auth, token)).toBe(200);
  }
  expect((await traffic.stop()).failures).toEqual([]);
}, 300_000);

test('whoever follows an operation that went with the database is told so, and does not wait for ever', async () => {
  await scene.worker().stop();
  const followed = scene.rotor('rotate');
  const connection = await Connection.connect({ address: temporal.address });
  const handle = new Client({ connection }).workflow.getHandle(rotationId('lost'));
  await until(async () => (await handle.describe()).status.name === 'RUNNING');
  await connection.close();
  await loseTemporal();
  const { code, stderr } = await followed;
  expect(stderr).toContain('Temporal no longer knows rotation/lost');
  expect(code).toBe(1);
}, 300_000);
