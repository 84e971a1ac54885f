import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OperationResult } from '../../core/rotation.js';
import { freePort } from '../../lab/ports.js';
import { startWorker, type WorkerProcess } from '../../lab/worker.js';
import { startScene, type Scene } from '../support/scene.js';
import { until } from '../../lab/until.js';

const FLEET = 'metrics';
let scene: Scene;
let worker: WorkerProcess;
let port: number;

beforeAll(async () => {
  scene = await startScene(FLEET, {
    nodes: [
      { name: 'ctl1', region: 'region-one' },
      { name: 'ctl2', region: 'region-two' },
    ],
    pause: '100ms',
  });
  await scene.worker().stop();
  port = await freePort();
  worker = await startWorker(scene.fleet.config, join(scene.directory, 'metrics.log'), {
    options: ['--metrics', `${port}`],
  });
  scene.urls.push(`http://127.0.0.1:${port}/metrics`);
});
afterAll(async () => {
  await scene.rotor('schedule', 'remove', '--yes');
  await scene.stop();
  await worker.stop();
});

/** Values of one metric by its labels beside those that all have, as `state=serving`. */
async function scraped(name: string): Promise<Record<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const values: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const [, labels, value] = new RegExp(`^${name}\\{(.*)\\} (\\S+)$`).exec(line) ?? [];
    if (labels === undefined || !labels.includes(`fleet="${FLEET}"`)) continue;
    const own = [...labels.matchAll(/(phase|state|code|kind|outcome)="([^"]*)"/g)];
    values[
      own
        .map(([, label, text]) => `${label}=${text}`)
        .sort()
        .join()
    ] = Number(value);
  }
  return values;
}

const one = async (name: string) => (await scraped(name))[''];

interface Status {
  outcome: string | null;
  nextRun: string | null;
  timer: { paused: boolean; note: string } | null;
  lastRotated: string | null;
  overdue: unknown;
}

test('a rotation that waits, and one that completes, are told to Prometheus and by `rotor status`', async () => {
  const away = scene.fleet.nodes[1]!;
  await away.sshd.stop();
  await scene.rotor('schedule', 'set', '--every', '25h');
  const rotation = await scene.rotorJson<OperationResult>('rotate');
  expect(rotation).toMatchObject({ code: 3, json: { outcome: 'blocked' } });

  await until(async () => (await one('rotor_operation_blocked')) === 1);
  expect(await scraped('rotor_nodes_blocking')).toEqual({ 'code=unreachable': 1 });
  expect((await scraped('rotor_operation_phase'))['phase=survey']).toBe(1);
  expect(await one('rotor_phase_age_seconds')).toBeGreaterThan(0);
  expect(await one('rotor_next_run_timestamp_seconds')).toBeGreaterThan(Date.now() / 1_000);
  expect((await scene.rotorJson<Status>('status')).code).toBe(3);

  await away.sshd.start();
  await scene.rotor('retry', '--yes');
  await until(async () => (await scraped('rotor_operations_total'))['kind=rotate,outcome=completed'] === 1);
  await scene.rotor('schedule', 'pause', '--note', 'upgrade of the racks');
  await until(async () => (await one('rotor_timer_paused')) === 1);
  expect(await one('rotor_operation_blocked')).toBe(0);
  expect(await scraped('rotor_nodes_blocking')).toEqual({ 'code=unreachable': 0 });
  expect(await scraped('rotor_operation_phase')).toMatchObject({ 'phase=idle': 1, 'phase=survey': 0 });
  expect(await scraped('rotor_nodes')).toEqual({ 'state=serving': 2, 'state=joining': 0, 'state=fenced': 0 });
  expect(await one('rotor_primary_age_seconds')).toBeGreaterThan(0);
  expect(await one('rotor_rotated_timestamp_seconds')).toBeGreaterThan(0);
  expect(await one('rotor_overdue')).toBe(0);

  const { code, json } = await scene.rotorJson<Status>('status');
  expect(code).toBe(0);
  expect(json).toMatchObject({
    outcome: 'completed',
    nextRun: null,
    timer: { paused: true, note: 'upgrade of the racks' },
    overdue: null,
  });
  expect(json.lastRotated).not.toBeNull();
}, 300_000);

test('an address that is none, and one that is taken, end the worker with a sentence', async () => {
  expect(await scene.rotor('worker', '--metrics', 'nonsense')).toMatchObject({ code: 2 });
  const { code, stderr } = await scene.rotor('worker', '--metrics', `${port}`);
  expect(code).toBe(1);
  expect(stderr).toContain(`127.0.0.1:${port}`);
});
