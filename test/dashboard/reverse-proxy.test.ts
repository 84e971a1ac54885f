import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Session } from '../../dashboard/schemas.js';
import { startBrowser } from '../../lab/browser.js';
import { startDashboardProcess } from '../../lab/dashboard.js';
import { seedOperations } from '../../lab/seeding/history.js';
import { quietSdk } from '../../lab/quiet-sdk.js';
import { until } from '../../lab/until.js';
import { startDashboardScene, type DashboardScene } from './scene.js';

const USER_HEADER = 'X-Forwarded-User';
let scene: DashboardScene;
let browser: Browser;
const proxies: Server[] = [];

beforeAll(async () => {
  quietSdk();
  const options = ['--base-path', '/rotor', '--user-header', USER_HEADER];
  scene = await startDashboardScene('proxied', inject('temporalAddress'), options);
  await seedOperations(scene.client, 'proxied', 2);
  browser = await startBrowser();
}, 120_000);
afterAll(async () => {
  await browser.close();
  for (const proxy of proxies) proxy.close().closeAllConnections();
  await scene.stop();
});

/**
 * As nginx is set up in docs/dashboard.md: says who has signed in, whatever the browser says of that, and passes everything on as it comes.
 *
 * @param pathThere what the dashboard is asked for when the proxy is asked for something below /rotor
 */
async function startReverseProxy(target: string, pathThere: (path: string) => string): Promise<string> {
  const proxy = createServer((incoming, outgoing) => {
    if (!incoming.url!.startsWith('/rotor')) return outgoing.writeHead(404).end();
    const { method, headers } = incoming;
    const there = new URL(pathThere(incoming.url!), target);
    const passed = request(
      there,
      { method, headers: { ...headers, [USER_HEADER.toLowerCase()]: 'ada' } },
      (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(outgoing);
      },
    );
    outgoing.on('close', () => passed.destroy());
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  proxies.push(proxy);
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/rotor/`;
}

const VIEWS = [
  ['History', 'api/operations'],
  ['Keys', 'api/keys'],
  ['Schedule', 'api/schedule'],
  ['Fleet', 'api/fleet'],
] as const;

/** What the browser asks for on its way through every view, and what it is answered. */
async function walk(url: string): Promise<{ asked: string[]; refused: string[]; user: string }> {
  const page = await browser.newPage();
  const asked: string[] = [];
  const refused: string[] = [];
  page.on('response', (response) => {
    asked.push(response.url());
    if (response.status() >= 400) refused.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(url);
  for (const [view, source] of VIEWS) {
    // A view that is left gives up what it has asked for, and then there is no answer to wait for.
    const answered = page.waitForResponse((response) => response.url().startsWith(`${url}${source}`));
    await page.getByRole('link', { name: view, exact: true }).click();
    await answered;
  }
  await until(async () => (await page.locator('.head').getAttribute('data-tone')) !== null);
  const user = await page.locator('.user').innerText();
  await page.close();
  return { asked, refused, user };
}

test('all of a page below a path comes through a proxy that keeps the path, and names who has signed in', async () => {
  const url = await startReverseProxy(scene.dashboard.url, (path) => path);
  expect((await fetch(url.replace(/\/$/, ''))).url).toBe(url);
  const { asked, refused, user } = await walk(url);
  expect(user).toBe('ada');
  expect(asked).toContain(`${url}api/events`);
  expect(asked.filter((address) => !address.startsWith(url))).toEqual([]);
  // The fleet has no worker's answer for its keys, which is no matter of the proxy.
  expect(refused.filter((answer) => !answer.startsWith('503'))).toEqual([]);
});

test('a proxy that takes the path off needs no --base-path', async () => {
  const log = join(dirname(scene.config), 'at-root.log');
  const atRoot = await startDashboardProcess(scene.config, log, ['--user-header', USER_HEADER]);
  try {
    const url = await startReverseProxy(atRoot.url, (path) => path.replace(/^\/rotor/, ''));
    const { asked, user } = await walk(url);
    expect(user).toBe('ada');
    expect(asked).toContain(`${url}api/events`);
    expect(asked.filter((address) => !address.startsWith(url))).toEqual([]);
  } finally {
    await atRoot.stop();
  }
});

test('without the header every request is refused, and nobody brings a header of their own through the proxy', async () => {
  for (const address of ['', 'api/overview', 'api/events', 'api/openapi.json'])
    expect((await scene.read(address)).status, address).toBe(401);
  const url = await startReverseProxy(scene.dashboard.url, (path) => path);
  const answer = await fetch(`${url}api/session`, { headers: { [USER_HEADER]: 'mallory' } });
  expect(((await answer.json()) as Session).user).toBe('ada');
});
