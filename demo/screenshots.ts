/** `npm run screenshots`: the dashboard of a real fleet, view by view, into docs/screenshots/. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../lab/browser.js';
import { runCommand } from '../lab/commands.js';
import { startDashboardProcess } from '../lab/dashboard.js';
import { startFleet, type Fleet } from '../lab/fleet.js';
import { startTemporal } from '../lab/temporal.js';
import { projectRoot } from '../lab/tools.js';
import { until } from '../lab/until.js';
import { runRotor, startWorker } from '../lab/worker.js';

const SIZES = { desktop: { width: 1200, height: 760 }, phone: { width: 390, height: 800 } } as const;
const LOOKS = [
  { name: 'light', size: 'desktop', scheme: 'light' },
  { name: 'dark', size: 'desktop', scheme: 'dark' },
  { name: 'phone', size: 'phone', scheme: 'light' },
] as const;

/** Text on few colours needs no more, and is a quarter of the size. */
const MOST_COLOURS = 48;

/** Two rotations with what comes between, on a machine that does other things as well. */
const PATIENCE_MS = 120_000;

type Stop = () => Promise<unknown>;

const directory = mkdtempSync(join(tmpdir(), 'rotor-screenshots-'));
const target = join(projectRoot, 'docs/screenshots');
const stops: Stop[] = [() => Promise.resolve(rmSync(directory, { recursive: true, force: true }))];
try {
  mkdirSync(target, { recursive: true });
  await takeAll();
} finally {
  for (const stop of stops.reverse()) await stop();
}

async function takeAll(): Promise<void> {
  const temporal = await startTemporal({ directory: join(directory, 'temporal') });
  stops.push(() => temporal.stop());
  const fleet = await startFleet({
    directory: join(directory, 'fleet'),
    temporalAddress: temporal.address,
    fleet: 'production',
    pause: '500ms',
  });
  stops.push(() => fleet.stop());
  const worker = await startWorker(fleet.config, join(directory, 'worker.log'));
  stops.push(() => worker.stop());
  const dashboard = await startDashboardProcess(fleet.config, join(directory, 'dashboard.log'));
  stops.push(() => dashboard.stop());
  const browser = await startBrowser();
  stops.push(() => browser.close());

  const { url } = dashboard;
  await liveThrough(fleet);
  await takeEach(browser, url, 'waiting', '');
  const tokenFile = join(directory, 'write-token');
  writeFileSync(tokenFile, randomBytes(32).toString('hex'), { mode: 0o600 });
  const log = join(directory, 'saying.log');
  const taking = await startDashboardProcess(fleet.config, log, ['--write-token-file', tokenFile]);
  stops.push(() => taking.stop());
  await takeEach(browser, taking.url, 'saying', '', answerWithoutTheToken);
  await fleet.nodes[2]!.sshd.start();
  await rotor(fleet, 'retry', '--yes');
  await until(async () => (await overview(url)).running === null, PATIENCE_MS);
  await until(async () => (await overview(url)).head.tone === 'good', PATIENCE_MS);
  await takeEach(browser, url, 'fleet', '');
  await takeEach(browser, url, 'history', '?view=history');
  const { last } = await overview(url);
  await takeEach(browser, url, 'run', `?view=history&run=${last!.runId}`);
  await takeEach(browser, url, 'keys', '?view=keys');
  await takeEach(browser, url, 'schedule', '?view=schedule');
}

/** Rotations that complete, one that is put back, one that is given up, and one that waits at the end. */
async function liveThrough(fleet: Fleet): Promise<void> {
  const away = fleet.nodes[2]!;
  await rotor(fleet, 'schedule', 'set', '--every', '73h');
  await rotor(fleet, 'rotate', '--reason', 'first rotation by rotor');
  const configuration = readFileSync(fleet.config, 'utf8');
  writeFileSync(fleet.config, configuration.replace('rotation:', 'rotation:\n  waitForNode: 4s'));
  await away.sshd.stop();
  await rotor(fleet, 'rotate', '--no-wait', '--reason', 'before the audit');
  await until(async () => /^compensated|completed/m.test(await lastOutcome(fleet)), PATIENCE_MS);
  writeFileSync(fleet.config, configuration);
  await away.sshd.start();
  await rotor(fleet, 'rotate', '--reason', 'before the audit, again');
  await rotor(fleet, 'schedule', 'trigger');
  await sleep(3_000);
  await until(async () => /^completed/.test(await lastOutcome(fleet)), PATIENCE_MS);
  await away.sshd.stop();
  await rotor(fleet, 'rotate', '--reason', 'ctl2 got a new disk');
}

async function lastOutcome(fleet: Fleet): Promise<string> {
  return rotor(fleet, 'history', '--limit', '1', '-f', 'value', '-c', 'Outcome');
}

async function rotor(fleet: Fleet, ...args: string[]): Promise<string> {
  return (await runRotor([...args, '--config', fleet.config])).stdout;
}

interface Overview {
  readonly running: object | null;
  readonly head: { readonly tone: string };
  readonly last: { readonly runId: string } | null;
}

async function overview(url: string): Promise<Overview> {
  return (await (await fetch(`${url}api/overview`)).json()) as Overview;
}

/** The dialog, and what it says when it is not taken. */
async function answerWithoutTheToken(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'retry …' }).first().click();
  await page.getByLabel('Token').fill('a wrong one');
  await page.getByRole('dialog').getByRole('button', { name: 'retry' }).click();
  await page.getByRole('dialog').getByRole('alert').waitFor();
}

/** @param act what is done on the page before its picture is taken */
async function takeEach(
  browser: Browser,
  url: string,
  view: string,
  query: string,
  act: (page: Page) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  for (const { name, size, scheme } of LOOKS) {
    const page = await browser.newPage({ viewport: SIZES[size], colorScheme: scheme, locale: 'en-GB' });
    await page.goto(`${url}${query}`);
    await settled(page);
    await act(page);
    const path = join(target, `${view}-${name}.png`);
    await page.screenshot({ path });
    await runCommand('pngquant', ['--force', '--ext', '.png', `${MOST_COLOURS}`, path]);
    process.stderr.write(`screenshots: ${view}-${name}.png\n`);
    await page.close();
  }
}

/** Nothing is being read any more. */
async function settled(page: Page): Promise<void> {
  await page.waitForSelector('.facts');
  await page.waitForSelector('.loading', { state: 'detached' });
  const lines = await page.locator('.line-place').count();
  await until(
    async () => (await page.locator('.line-place .time-line').count()) >= Math.min(lines, 2),
    PATIENCE_MS,
  );
}
