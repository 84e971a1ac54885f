import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Operations } from '../../dashboard/schemas.js';
import { startBrowser } from '../../lab/browser.js';
import { startDashboardProcess, type DashboardProcess } from '../../lab/dashboard.js';
import { runRotor } from '../../lab/worker.js';
import { startScene, type Scene } from '../support/scene.js';
import { until } from '../../lab/until.js';
import { violations } from './accessibility.js';

const TOKEN = randomBytes(32).toString('hex');
const JSON_TYPE = { 'content-type': 'application/json' };
const WITH_TOKEN = { ...JSON_TYPE, authorization: `Bearer ${TOKEN}` };

let scene: Scene;
let tokenFile: string;
let dashboard: DashboardProcess;
let browser: Browser;

beforeAll(async () => {
  scene = await startScene('said', { pause: '100ms' });
  tokenFile = join(scene.directory, 'write-token');
  writeFileSync(tokenFile, `${TOKEN}\n`, { mode: 0o600 });
  const log = join(scene.directory, 'dashboard.log');
  dashboard = await startDashboardProcess(scene.fleet.config, log, ['--write-token-file', tokenFile]);
  browser = await startBrowser();
});
afterAll(async () => {
  await browser.close();
  await dashboard.stop();
  await scene.stop();
});

interface Refused {
  readonly status: number;
  readonly code: string | undefined;
}

/** Node's own client, because `fetch` does not let a test lie about where it comes from. */
function post(
  path: string,
  headers: Record<string, string>,
  body: string,
  method = 'POST',
): Promise<Refused> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, dashboard.url), { method, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => {
        const { error } = JSON.parse(text || '{}') as { error?: { code: string } };
        resolve({ status: answer.statusCode!, code: error?.code });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const operations = async () => (await (await fetch(`${dashboard.url}api/operations`)).json()) as Operations;
const ROTATE = JSON.stringify({ say: 'rotate', reason: 'from a test' });

test.each<[string, Record<string, string>, string, number, string]>([
  ['without a token', JSON_TYPE, ROTATE, 401, 'token'],
  [
    'with a token that is nearly right',
    { ...JSON_TYPE, authorization: `Bearer ${TOKEN.slice(0, -1)}` },
    ROTATE,
    401,
    'token',
  ],
  ['from a page of another origin', { ...WITH_TOKEN, origin: 'https://evil.example' }, ROTATE, 403, 'origin'],
  [
    'across sites',
    { ...WITH_TOKEN, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
    ROTATE,
    403,
    'origin',
  ],
  ['under a name that is not ours', { ...WITH_TOKEN, host: 'evil.example' }, ROTATE, 421, 'host'],
  [
    'as a form',
    { ...WITH_TOKEN, 'content-type': 'application/x-www-form-urlencoded' },
    ROTATE,
    415,
    'content-type',
  ],
  [
    'that is too long',
    WITH_TOKEN,
    JSON.stringify({ say: 'rotate', reason: 'x'.repeat(5_000) }),
    413,
    'too-long',
  ],
  ['that is no JSON', WITH_TOKEN, '{', 400, 'word'],
  ['that is none', WITH_TOKEN, JSON.stringify({ say: 'revoke', reason: 'all' }), 400, 'word'],
  ['without a reason', WITH_TOKEN, JSON.stringify({ say: 'rotate', reason: ' ' }), 400, 'word'],
  ['to what does not run', WITH_TOKEN, JSON.stringify({ say: 'abort' }), 409, 'no-operation'],
])('a word %s is refused, and nothing is done', async (_, headers, body, status, code) => {
  expect(await post('api/say', headers, body)).toEqual({ status, code });
  expect((await operations()).all).toBe(0);
});

test('no other address is written to, and this one is not read', async () => {
  for (const path of ['api/overview', 'api/operations', ''])
    expect((await post(path, WITH_TOKEN, ROTATE)).status, path).toBe(405);
  expect(await post('api/say', WITH_TOKEN, '', 'GET')).toEqual({ status: 405, code: 'write-only' });
  expect((await operations()).all).toBe(0);
});

test('a rotation that waits is told to look again from the page, with the token, and completes', async () => {
  const node = scene.fleet.nodes[1]!;
  await node.sshd.stop();
  const started = await fetch(`${dashboard.url}api/say`, {
    method: 'POST',
    headers: WITH_TOKEN,
    body: ROTATE,
  });
  expect(started.status).toBe(200);
  const page = await browser.newPage();
  const said: string[] = [];
  page.on('request', (asked) => said.push(asked.url()));
  await page.goto(dashboard.url);
  await page.getByRole('button', { name: 'retry …' }).click({ timeout: 60_000 });
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Token').fill('wrong');
  await dialog.getByRole('button', { name: 'retry' }).click();
  await dialog.getByRole('alert').waitFor();
  expect(await violations(page)).toEqual([]);

  await dialog.getByLabel('Token').fill(TOKEN);
  await page.keyboard.press('Enter');
  await dialog.getByRole('status').waitFor();
  await node.sshd.start();
  await page.keyboard.press('Escape');
  await until(async () => (await operations()).operations[0]?.outcome === 'completed');
  const [rotation] = (await operations()).operations;
  expect(rotation).toMatchObject({ reason: 'from a test', startedBy: 'somebody (dashboard)' });
  // It is in no address and in no storage of the browser.
  expect(page.url() + said.join()).not.toContain(TOKEN);
  expect(
    await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])'),
  ).not.toContain(TOKEN);
  await page.close();
});

test('a weak token, one that others may read, and none at all are refused at the start', async () => {
  const start = () =>
    runRotor(['dashboard', '--config', scene.fleet.config, '--write-token-file', tokenFile]);
  chmodSync(tokenFile, 0o644);
  expect(await start()).toMatchObject({ code: 2, stderr: expect.stringContaining('chmod 600') as string });
  chmodSync(tokenFile, 0o600);
  writeFileSync(tokenFile, 'secret');
  expect(await start()).toMatchObject({ code: 2, stderr: expect.stringContaining('openssl rand') as string });
  tokenFile += '-not-there';
  expect(await start()).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("can't be read") as string,
  });
});
