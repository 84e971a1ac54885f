import { connect } from 'node:net';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Operation, Operations } from '../../dashboard/schemas.js';
import { seedOperations, seedRunning, type SeededRun } from '../../lab/seeding/history.js';
import { seededFleet } from '../../lab/seeding/scripts.js';
import { quietSdk } from '../../lab/quiet-sdk.js';
import { rotationId } from '../../workflows/messages.js';
import { until } from '../../lab/until.js';
import { startDashboardScene, type DashboardScene } from './scene.js';

const FLEET = 'listed';
const SEEDED = 200;
let scene: DashboardScene;
let seeded: SeededRun[];

beforeAll(async () => {
  quietSdk();
  scene = await startDashboardScene(FLEET, inject('temporalAddress'), ['--host', 'ops.example.com']);
  seeded = await seedOperations(scene.client, FLEET, SEEDED);
  await seedRunning(scene.client, FLEET, seededFleet(FLEET, 3, 2));
}, 300_000);
afterAll(async () => {
  await scene.client.workflow.getHandle(rotationId(FLEET)).terminate();
  await scene.stop();
});

async function operations(query: string): Promise<Operations> {
  const { status, body } = await scene.read(`api/operations${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body as Operations;
}

/** Temporal's own words for how each run ended. */
async function listing(): Promise<Map<string, string>> {
  const runs = new Map<string, string>();
  const query = `WorkflowId = "${rotationId(FLEET)}"`;
  for await (const { runId, status } of scene.client.workflow.list({ query })) runs.set(runId, status.name);
  return runs;
}

describe('history', () => {
  test("agrees with Temporal's own listing on every run of two hundred of all outcomes", async () => {
    await until(async () => (await listing()).size === SEEDED + 1);
    await until(async () => (await operations('')).all === SEEDED + 1);
    const told = await operations('?limit=500');
    const listed = await listing();
    const all = [...told.running, ...told.operations];
    expect(all.map(({ runId }) => runId).sort()).toEqual([...listed.keys()].sort());
    for (const { runId, outcome } of all) expect(STATUS_OF[outcome], runId).toBe(listed.get(runId));
    for (const run of seeded)
      expect(all.find(({ runId }) => runId === run.runId)).toMatchObject({
        ...{ outcome: run.outcome, type: run.type, reason: run.reason },
        startedBy: 'seed@lab',
      });
    expect(told.running).toHaveLength(1);
  });

  test('filters, search and pages run over the whole history, and what runs is always listed', async () => {
    const failed = seeded.filter(({ outcome }) => outcome === 'failed');
    const found = await operations('?outcome=failed&limit=5&offset=5');
    expect(found).toMatchObject({ found: failed.length, offset: 5 });
    expect(found.operations).toHaveLength(5);
    expect(found.operations.every(({ outcome }) => outcome === 'failed')).toBe(true);
    expect(found.running).toHaveLength(1);
    const one = await operations(`?search=${encodeURIComponent('SEEDED 137')}`);
    expect(one.operations.map(({ runId }) => runId)).toEqual([seeded[137]!.runId]);
    expect((await operations('?search=ctl172%3A')).operations.map(({ runId }) => runId)).toEqual(
      [seeded[172]!].filter(({ outcome }) => outcome !== 'completed').map(({ runId }) => runId),
    );
    expect((await operations('?from=2199-01-01')).found).toBe(0);
  });

  test('one opens into its steps, every attempt with its error, and the keys before and after', async () => {
    const { runId } = seeded.find((run, index) => index % 8 === 3 && run.outcome === 'aborted')!;
    const { status, body } = await scene.read(`api/operations/${runId}`);
    expect(status).toBe(200);
    const { steps, phases, keys, explanation } = body as Operation;
    expect(steps.map(({ phase }) => phase)).toEqual(['distribute', 'confirm', 'promote']);
    expect(phases).toHaveLength(3);
    expect(keys.length).toBeGreaterThan(0);
    expect(explanation.next).toEqual(['rotor verify']);
  });
});

const STATUS_OF: Readonly<Record<string, string>> = {
  completed: 'COMPLETED',
  compensated: 'COMPLETED',
  aborted: 'COMPLETED',
  failed: 'FAILED',
  terminated: 'TERMINATED',
  running: 'RUNNING',
};

test('every answer is what the OpenAPI file says', async () => {
  const { body } = await scene.read('api/openapi.json');
  const document = body as { paths: Record<string, unknown>; components: { schemas: object } };
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(document, 'api');
  const check = async (address: string, schema: string) => {
    const { status, body } = await scene.read(address);
    const validate = ajv.getSchema(`api#/components/schemas/${schema}`) as ValidateFunction;
    expect(validate(body), `${address} ${status}: ${ajv.errorsText(validate.errors)}`).toBe(true);
    return status;
  };
  const { runId } = seeded[2]!;
  const checked: [string, string, string][] = [
    ['api/overview', 'Overview', '/api/overview'],
    ['api/fleet?only=differing', 'Fleet', '/api/fleet'],
    ['api/operations', 'Operations', '/api/operations'],
    [`api/operations/${runId}`, 'Operation', '/api/operations/{runId}'],
    [`api/operations/${runId}/phases`, 'Phases', '/api/operations/{runId}/phases'],
    ['api/keys', 'Keys', '/api/keys'],
    ['api/schedule', 'Schedule', '/api/schedule'],
    ['api/session', 'Session', '/api/session'],
  ];
  for (const [address, schema] of checked) expect(await check(address, schema), address).toBe(200);
  expect(await check('api/operations?limit=0', 'Failure')).toBe(400);
  expect(Object.keys(document.paths).sort()).toEqual(
    [...checked.map(([, , path]) => path), '/api/fleet.csv', '/api/events'].sort(),
  );
});

test('a spreadsheet gets a row a node', async () => {
  const { body } = await scene.read('api/fleet.csv?sort=name');
  expect((body as string).trim().split('\n')).toHaveLength(4);
  expect(body).toContain('Node');
});

describe('who may ask what', () => {
  test.each([
    ['?limit=many', 400],
    ['?limit=1000000', 400],
    ['?offset=-1', 400],
    ['?nonsense=1', 400],
    ['?outcome=completed&outcome=failed', 400],
    ['?from=yesterday', 400],
    [`?search=${'x'.repeat(300)}`, 400],
    [`?search=${'x'.repeat(3_000)}`, 414],
    ['?search=%E0%A4%A', 200],
  ])('parameters %s', async (query, status) => {
    expect((await scene.read(`api/operations${query}`)).status).toBe(status);
  });

  test.each([
    ['api/operations/nonsense', 400],
    ['api/operations/01a2100e-55d3-74e3-91ba-796d02651517', 404],
    ['../../etc/passwd', 404],
    ['%2e%2e/%2e%2e/etc/passwd', 404],
    ['..%2f..%2fetc%2fpasswd', 404],
    ['page.js/../../../package.json', 404],
  ])('%s', async (path, status) => {
    expect((await scene.read(path)).status).toBe(status);
  });

  test('a raw path that climbs is refused as well', async () => {
    expect(await raw('GET /../../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n')).toMatch(
      /^HTTP\/1.1 40/,
    );
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s is refused everywhere', async (method) => {
    for (const path of ['', 'api/overview', 'api/operations', 'api/events', 'livez']) {
      const response = await fetch(`${scene.dashboard.url}${path}`, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET, HEAD');
    }
  });

  test.each<[string, Record<string, string>, number]>([
    ['another origin', { origin: 'https://evil.example' }, 403],
    ['an origin that is none', { origin: 'null' }, 403],
    ['a page elsewhere that embeds it', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
    ['a link elsewhere', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 200],
    ['the page itself', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }, 200],
  ])('%s', async (_, headers, status) => {
    const [host, port] = new URL(scene.dashboard.url).host.split(':');
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const answer = await raw(`GET /api/overview HTTP/1.1\r\nHost: ${host}:${port}\r\n${lines.join('')}\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status}`));
  });

  test.each([
    ['evil.example', 421],
    ['127.0.0.1.evil.example', 421],
    ['', 421],
    ['localhost', 200],
    ['[::1]:8300', 200],
    ['ops.example.com', 200],
  ])('asked for as %s', async (host, status) => {
    const answer = await raw(`GET /api/session HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status}`));
  });

  test('every answer forbids whatever does not come from here', async () => {
    for (const path of ['', 'page.js', 'api/overview', 'nothing']) {
      const { headers } = await fetch(`${scene.dashboard.url}${path}`);
      const policy = headers.get('content-security-policy');
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    }
  });
});

test('a thousand idle streams are held, all hear of what is new, and the page answers beside them', async () => {
  const left = new AbortController();
  const url = `${scene.dashboard.url}api/events`;
  const streams = await Promise.all(Array.from({ length: 1_000 }, () => fetch(url, { signal: left.signal })));
  expect(streams.every(({ status }) => status === 200)).toBe(true);
  const firsts = await Promise.all(streams.map((stream) => firstEvent(stream)));
  expect(new Set(firsts).size).toBeLessThan(5);
  expect(firsts[0]).toContain('"fleet":"listed"');
  expect((await scene.read('api/overview')).status).toBe(200);
  left.abort();
  await until(async () => (await fetch(url, { signal: AbortSignal.timeout(5_000) })).ok);
}, 120_000);

async function firstEvent(response: Response): Promise<string> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!/data: .*\n\n/.test(text)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`it ended after ${text}`);
    text += value;
  }
  return /data: (.*)\n/.exec(text)![1]!;
}

/** What no client would send by itself. */
function raw(request: string): Promise<string> {
  const { hostname, port } = new URL(scene.dashboard.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request));
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(''));
  });
}
