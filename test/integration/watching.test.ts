import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Notice } from '../../core/notice.js';
import type { OperationResult } from '../../core/rotation.js';
import type { Fleet } from '../../dashboard/schemas.js';
import { startDashboardProcess } from '../../lab/dashboard.js';
import { freePort } from '../../lab/ports.js';
import { startWorker, type WorkerProcess } from '../../lab/worker.js';
import type { Health } from '../../monitoring/health.js';
import type { Status } from '../../monitoring/status.js';
import { metricsAskedFor } from '../support/alert-files.js';
import { startScene, type Scene } from '../support/scene.js';
import { until } from '../../lab/until.js';

const FLEET = 'watching';
const SECRET = 'a secret of the test';

/** A real endpoint, which may be away. */
class Endpoint {
  readonly told: { notice: Notice; body: string; headers: Record<string, unknown> }[] = [];
  private server: Server | null = null;

  constructor(readonly port: number) {}

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        this.told.push({ notice: JSON.parse(body) as Notice, body, headers: request.headers });
        response.writeHead(204).end();
      });
    });
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  stop(): void {
    this.server?.close();
  }

  events(): string[] {
    return this.told.map(({ notice }) => notice.event);
  }
}

let scene: Scene;
let worker: WorkerProcess;
let metricsPort: number;
let healthPort: number;
let present: Endpoint;
let away: Endpoint;

beforeAll(async () => {
  [present, away] = [new Endpoint(await freePort()), new Endpoint(await freePort())];
  await present.start();
  process.env.ROTOR_TEST_WEBHOOK = `http://127.0.0.1:${away.port}/a-path-that-is-a-secret`;
  process.env.ROTOR_TEST_SECRET = SECRET;
  const notifications = [
    'notifications:',
    '  - name: present',
    `    url: http://127.0.0.1:${present.port}/hook`,
    '    secret: { env: ROTOR_TEST_SECRET }',
    '  - name: away',
    '    url: { env: ROTOR_TEST_WEBHOOK }',
    '    events: [blocked]',
  ];
  scene = await startScene(FLEET, {
    nodes: [
      { name: 'ctl1', region: 'region-one' },
      { name: 'ctl2', region: 'region-two' },
    ],
    pause: '100ms',
    prepare: ({ config }) => Promise.resolve(appendFileSync(config, `\n${notifications.join('\n')}\n`)),
  });
  await scene.worker().stop();
  [metricsPort, healthPort] = [await freePort(), await freePort()];
  worker = await startWorker(scene.fleet.config, join(scene.directory, 'watching.log'), {
    options: ['--metrics', `${metricsPort}`, '--health', `${healthPort}`],
  });
});
afterAll(async () => {
  await scene.rotor('schedule', 'remove', '--yes');
  await worker.stop();
  present.stop();
  away.stop();
  await scene.stop();
});

const scraped = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
const health = async (path: string) => {
  const answer = await fetch(`http://127.0.0.1:${healthPort}${path}`);
  return { status: answer.status, body: (await answer.json()) as Health };
};
/** Resolves when the Schedule knows the look's result, which the next one compares with. */
async function lookNow(): Promise<void> {
  const schedule = scene.client.schedule.getHandle(`verify/${FLEET}`);
  const { numActionsTaken: before } = (await schedule.describe()).info;
  // As the timer does; by default a look started by hand runs beside it, and hands its result to nobody.
  await schedule.trigger('SKIP');
  await until(async () => {
    const { numActionsTaken, runningActions } = (await schedule.describe()).info;
    return numActionsTaken > before && runningActions.length === 0;
  });
}
const missingKeys = async () =>
  /^rotor_nodes_drifting\{[^}]*code="missing-key"[^}]*\} (\d+)/m.exec(await scraped())?.[1];

test('a rotation that waits is told of once, and ends without waiting for an endpoint that is away', async () => {
  const node = scene.fleet.nodes[1]!;
  await node.sshd.stop();
  await scene.rotor('schedule', 'set', '--every', '25h');
  expect(await scene.rotorJson<OperationResult>('rotate')).toMatchObject({ code: 3 });
  await until(() => Promise.resolve(present.events().includes('blocked')));
  const { notice, body, headers } = present.told[0]!;
  expect(notice).toMatchObject({
    event: 'blocked',
    fleet: FLEET,
    operation: 'rotate',
    problems: [{ node: 'ctl2', code: 'unreachable' }],
  });
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  expect(headers).toMatchObject({
    'x-rotor-signature': `sha256=${signature}`,
    'idempotency-key': notice.key,
  });

  // Prometheus learns of it as well, at the worker's next reading.
  await until(async () => (await scraped()).includes('rotor_nodes_blocking{'));

  await node.sshd.start();
  await scene.rotor('retry', '--yes');
  await until(() => Promise.resolve(present.events().includes('completed')));
  expect(present.events()).toEqual(['blocked', 'completed']);
  expect(away.told).toEqual([]);
  await away.start();
  await until(() => Promise.resolve(away.told.length > 0));
  expect(away.told.map(({ notice }) => notice.key)).toEqual([notice.key]);
}, 300_000);

test('a look between rotations tells of drift once, and a reconciliation ends it', async () => {
  await lookNow();
  await until(async () => (await health('/readyz')).body.lastSurvey.inSync === true);
  // The secondary: the staged key lies in two files.
  rmSync(join(scene.fleet.nodes[1]!.repository, '2'));
  await lookNow();
  await until(() => Promise.resolve(present.events().includes('drift')));
  await until(async () => (await missingKeys()) === '1');
  const { json } = await scene.rotorJson<Status>('status');
  expect(json.drift).toContainEqual(expect.objectContaining({ node: 'ctl2', code: 'missing-key' }));
  // What it saw of each node is newer than what the last operation saw.
  expect(json).toMatchObject({ seenBy: 'look', view: { at: json.verifiedAt, inSync: false } });
  const dashboard = await startDashboardProcess(scene.fleet.config, join(scene.directory, 'dashboard.log'));
  try {
    const { look, nodes } = (await (await fetch(`${dashboard.url}api/fleet`)).json()) as Fleet;
    expect(look).toMatchObject({ by: 'look', at: json.verifiedAt, inSync: false });
    const there = nodes.find(({ name }) => name === 'ctl2');
    expect(there!.problems.map(({ code }) => code)).toContain('missing-key');
  } finally {
    await dashboard.stop();
  }
  expect((await scene.rotor('status')).stdout).toMatch(/drift at .*ctl2/);

  const before = (await health('/readyz')).body.lastSurvey.at;
  await lookNow();
  await until(async () => (await health('/readyz')).body.lastSurvey.at !== before);
  expect(present.events().filter((event) => event === 'drift')).toHaveLength(1);

  await scene.rotor('reconcile', '--yes');
  await until(async () => (await missingKeys()) === '0');
}, 300_000);

test('every metric and label that alerts and dashboard ask for is there', async () => {
  const lines = (await scraped()).split('\n');
  for (const { metric, labels } of metricsAskedFor()) {
    const series = lines.filter((line) => line.startsWith(`${metric}{`) && line.includes(`fleet="${FLEET}"`));
    expect(series, metric).not.toEqual([]);
    for (const label of labels) expect(series[0], metric).toMatch(new RegExp(`[{,]${label}="`));
  }
});

test('health names each part', async () => {
  expect(await health('/livez')).toMatchObject({ status: 200, body: { ok: true } });
  expect(await health('/readyz')).toMatchObject({
    status: 200,
    body: {
      ok: true,
      temporal: { ok: true },
      taskQueues: { [`rotor/${FLEET}`]: { ok: true } },
      lastSurvey: { ok: true },
    },
  });
  expect((await fetch(`http://127.0.0.1:${healthPort}/other`)).status).toBe(404);
});
