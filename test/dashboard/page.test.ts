import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OperationResult } from '../../core/rotation.js';
import type { Overview } from '../../dashboard/schemas.js';
import { startBrowser } from '../../lab/browser.js';
import { startDashboardProcess, type DashboardProcess } from '../../lab/dashboard.js';
import { answersOf } from '../../lab/leaks/places.js';
import { keysIn, searchForKeys } from '../../lab/leaks/search.js';
import { startTemporal, type TemporalServer } from '../../lab/temporal.js';
import { startScene, type Scene } from '../support/scene.js';
import { until } from '../../lab/until.js';
import { violations } from './accessibility.js';

const VIEWS = ['', '?view=history', '?view=keys', '?view=schedule'];

let directory: string;
let temporal: TemporalServer;
let scene: Scene;
let dashboard: DashboardProcess;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rotor-page-'));
  temporal = await startTemporal({ directory });
  scene = await startScene('page', { temporalAddress: temporal.address, pause: '300ms' });
  dashboard = await startDashboardProcess(scene.fleet.config, join(directory, 'dashboard.log'));
  browser = await startBrowser();
  page = await browser.newPage();
  await page.goto(dashboard.url);
});
afterAll(async () => {
  await browser.close();
  await dashboard.stop();
  await scene.stop();
  await temporal.stop();
  rmSync(directory, { recursive: true, force: true });
});

const head = (shown = page) => shown.locator('.head');
const toneIs = (tone: string, shown = page) =>
  until(async () => (await head(shown).getAttribute('data-tone')) === tone, 90_000);
const textOf = async (selector: string, shown = page) =>
  (await shown.locator(selector).allInnerTexts()).join('\n');

describe('a page that is open', () => {
  test('follows a rotation from its start to its end without being loaded again', async () => {
    await page.evaluate('window.sameDocument = true');
    await scene.rotor('schedule', 'set', '--every', '73h');
    await scene.rotor('rotate', '--no-wait', '--reason', 'seen live');
    await toneIs('working');
    expect(await textOf('.running')).toContain('seen live');
    let shown = '';
    await until(async () => {
      shown += await textOf('.running');
      return (await head().getAttribute('data-tone')) === 'good';
    }, 90_000);
    for (const words of ['a new key is made', 'it becomes the primary of ctl'])
      expect(shown).toContain(words);
    const [end] = (await scene.rotorJson<{ operations: { outcome: string }[] }>('history')).json.operations;
    expect(end).toMatchObject({ outcome: 'completed' });
    const { json } = await scene.rotorJson<{ nodes: { keys: { fingerprint: string; state: string }[] }[] }>(
      'verify',
    );
    const primary = json.nodes[0]!.keys.find(({ state }) => state === 'primary')!.fingerprint;
    await until(async () => (await textOf('.matrix thead')).includes(`primary ${primary.slice(0, 8)}`));
    expect(await page.locator('.cell-primary').count()).toBe(3);
    expect(await page.evaluate('window.sameDocument')).toBe(true);
  });

  test('names the node that a rotation waits for, why, and what to type; and goes on when it is back', async () => {
    const away = scene.fleet.nodes[1]!;
    await away.sshd.stop();
    expect((await scene.rotorJson<OperationResult>('rotate')).json).toMatchObject({ outcome: 'blocked' });
    await toneIs('bad');
    expect(await textOf('.head h1')).toBe('The rotation waits for ctl2');
    const said = await textOf('.head');
    for (const words of ['ECONNREFUSED', 'rotor retry', 'rotor abort', 'rotor fence ctl2'])
      expect(said).toContain(words);
    expect(await textOf('.running')).toContain('unreachable');
    expect(await violations(page)).toEqual([]);
    await until(async () => (await textOf('.matrix tr.differs')).includes('unknown'));
    expect(await page.locator('tr.differs .cell-primary').count()).toBe(0);

    await away.sshd.start();
    await scene.rotor('retry', '--yes');
    await toneIs('good');
    await page.locator('.facts a').click();
    await until(async () => (await textOf('.run h2')).includes('completed'));
    expect(await textOf('.run')).toMatch(/ctl2: can't connect/);
    expect(await textOf('.difference')).toMatch(/↑ promoted/);
    expect(await violations(page)).toEqual([]);
    await page.goto(dashboard.url);
  });

  test('says that Temporal does not answer, and recovers by itself', async () => {
    await toneIs('good');
    const { address } = temporal;
    await temporal.stop();
    await toneIs('unknown');
    expect(await textOf('.head h1')).toBe('Temporal does not answer');
    expect((await fetch(`${dashboard.url}readyz`)).status).toBe(503);
    expect((await fetch(`${dashboard.url}livez`)).status).toBe(200);
    temporal = await startTemporal({ directory, port: Number(address.split(':')[1]) });
    await toneIs('good');
    expect((await fetch(`${dashboard.url}readyz`)).status).toBe(200);
  });
});

test('what was seen too long ago is unknown in every cell, and nothing stays green', async () => {
  const log = join(directory, 'stale.log');
  const strict = await startDashboardProcess(scene.fleet.config, log, ['--stale-after', '1s']);
  try {
    const shown = await browser.newPage();
    await shown.goto(strict.url);
    await toneIs('unknown', shown);
    await until(async () => (await shown.locator('.cell-unknown').count()) > 0);
    expect(await shown.locator('.cell-primary, .cell-staged, .cell-secondary').count()).toBe(0);
    expect(await textOf('.head', shown)).toContain('rotor verify');
    const { look } = (await (await fetch(`${strict.url}api/overview`)).json()) as Overview;
    expect(look).toMatchObject({ isStale: true, inSync: null });
    await shown.close();
  } finally {
    await strict.stop();
  }
});

describe('everybody can read it', () => {
  test.each(['light', 'dark'] as const)('axe-core finds nothing in any view, %s', async (colorScheme) => {
    const shown = await browser.newPage({ colorScheme });
    for (const view of VIEWS) {
      await shown.goto(`${dashboard.url}${view}`);
      await shown.waitForSelector('main h2');
      await shown.waitForSelector('.loading', { state: 'detached' });
      expect(await violations(shown), `${view} ${colorScheme}`).toEqual([]);
    }
    await shown.close();
  });

  test('at the width of a phone nothing is wider than the screen', async () => {
    const shown = await browser.newPage({ viewport: { width: 360, height: 700 } });
    for (const view of VIEWS) {
      await shown.goto(`${dashboard.url}${view}`);
      await shown.waitForSelector('main h2');
      await shown.waitForSelector('.loading', { state: 'detached' });
      expect(await shown.evaluate('document.documentElement.scrollWidth'), view).toBeLessThanOrEqual(360);
      expect(await violations(shown), view).toEqual([]);
    }
    await shown.close();
  });

  test('by keyboard alone one comes to the history, into an operation, and back', async () => {
    const shown = await browser.newPage();
    await shown.goto(dashboard.url);
    await shown.waitForSelector('main h2');
    await tabTo(shown, '[aria-label=Views] a[href="?view=history"]');
    await shown.keyboard.press('Enter');
    await shown.waitForSelector('.run-link');
    expect(shown.url()).toContain('view=history');
    await tabTo(shown, '.run-link');
    await shown.keyboard.press('Enter');
    await shown.waitForSelector('.run .steps');
    await shown.goBack();
    await shown.waitForSelector('.run-link');
    await shown.close();
  });

  async function tabTo(shown: Page, selector: string): Promise<void> {
    await until(async () => {
      await shown.keyboard.press('Tab');
      return shown.evaluate<boolean>(`document.activeElement.matches('${selector}')`);
    }, 20_000);
  }
});

test('filters of the history stand in its address, and lead there again', async () => {
  const shown = await browser.newPage();
  await shown.goto(`${dashboard.url}?view=history`);
  await shown.getByLabel('Search').fill('seen live');
  await until(async () => (await shown.locator('.history tbody tr').count()) === 1);
  expect(shown.url()).toContain('search=seen+live');
  await shown.reload();
  await until(async () => (await shown.locator('.history tbody tr').count()) === 1);
  expect(await shown.getByLabel('Search').inputValue()).toBe('seen live');
  await shown.close();
});

test('none of its answers holds a key', async () => {
  const { last } = (await (await fetch(`${dashboard.url}api/overview`)).json()) as Overview;
  const run = `api/operations/${last!.runId}`;
  const addresses = [
    '',
    'page.js',
    'api/overview',
    'api/fleet',
    'api/fleet.csv',
    'api/operations',
    'api/keys',
  ];
  const places = await answersOf(dashboard.url, [...addresses, 'api/schedule', run, `${run}/phases`]);
  const keys = scene.fleet.nodes.flatMap(({ repository }) => keysIn(repository));
  expect(keys.length).toBeGreaterThan(0);
  expect(searchForKeys(places, keys)).toEqual([]);
});
