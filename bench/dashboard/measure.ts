import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { Browser, Page } from 'playwright-core';
import { stringify } from 'yaml';
import { startBrowser } from '../../lab/browser.js';
import { startDashboardProcess } from '../../lab/dashboard.js';
import { seedLongHistory, seedRunning } from '../../lab/seeding/history.js';
import { seededFleet, seededProgress } from '../../lab/seeding/scripts.js';
import { quietSdk } from '../../lab/quiet-sdk.js';
import { startSeedingWorker } from '../../lab/seeding/worker.js';
import { showSignal } from '../../lab/seeding/workflows.js';
import { runHistory } from '../../monitoring/run-history.js';
import { dataConverterOf } from '../../payloads/data-converter.js';
import { startTemporal } from '../../lab/temporal.js';

/** All times in milliseconds. */
export interface Figures {
  readonly events: number;
  readonly historyBytes: number;
  /** Alone, by a process that did not know it. */
  readonly historyReadMs: number;
  /** From the address to the steps on the screen, with a dashboard that has just been started; and again. */
  readonly historyOpensMs: number;
  readonly historyOpensAgainMs: number;
  readonly nodes: number;
  readonly firstPaintMs: number;
  /** From the address to all nodes in the table. */
  readonly tableMs: number;
  /** Of the main thread: the longest task of each update of the whole fleet, and of scrolling through it. */
  readonly updateTasksMs: readonly number[];
  readonly scrollTasksMs: readonly number[];
  /** Rows that are in the document, of all. */
  readonly rows: number;
}

export interface Sizes {
  readonly directory: string;
  readonly events: number;
  readonly nodes: number;
  readonly say: (line: string) => void;
}

const FLEET = 'bench';
const SITES = 12;
const UPDATES = 5;

export async function measure({ directory, events, nodes, say }: Sizes): Promise<Figures> {
  const stops: (() => Promise<unknown>)[] = [];
  try {
    quietSdk();
    const temporal = await startTemporal({ directory });
    stops.push(() => temporal.stop());
    const connection = await Connection.connect({ address: temporal.address });
    stops.push(() => connection.close());
    const client = new Client({ connection, dataConverter: dataConverterOf({ fleet: FLEET, temporal: {} }) });
    const worker = await startSeedingWorker(temporal.address, FLEET);
    stops.push(() => worker.stop());
    say(`seeding a history of ${events} events`);
    const long = await seedLongHistory(client, FLEET, events);
    say(`seeding a fleet of ${nodes} nodes`);
    const fleet = seededFleet(FLEET, nodes, SITES);
    const running = await seedRunning(client, FLEET, fleet);
    const readAt = Date.now();
    await runHistory({ client, fleet: FLEET }, long.runId);
    const historyReadMs = Date.now() - readAt;
    const dashboard = await startDashboardProcess(
      configuration(directory, temporal.address),
      join(directory, 'log'),
    );
    stops.push(() => dashboard.stop());
    const browser = await startBrowser();
    stops.push(() => browser.close());

    const size = await client.workflow.getHandle(running.workflowId, long.runId).describe();
    const address = `${dashboard.url}?view=history&run=${long.runId}`;
    const historyOpensMs = await opens(browser, address, '.run .steps tbody tr');
    const historyOpensAgainMs = await opens(browser, address, '.run .steps tbody tr');

    const page = await watchedPage(browser);
    const startedAt = Date.now();
    await page.goto(dashboard.url);
    await page.waitForSelector('.matrix .site');
    const tableMs = Date.now() - startedAt;
    const firstPaintMs = await page.evaluate<number>(
      `performance.getEntriesByName('first-contentful-paint')[0].startTime`,
    );
    // All nodes in one list, which is the most that there can be to scroll through.
    await page.getByLabel('Order').selectOption('name');
    await page.waitForSelector('.matrix tbody tr:not(.site)');
    const rows = await page.locator('.matrix tbody tr').count();
    const scrollTasksMs = await tasksOf(page, () => scroll(page));
    const updateTasksMs: number[] = [];
    for (let update = 1; update <= UPDATES; update++) {
      const { view } = seededFleet(FLEET, nodes, SITES, update);
      const tasks = await tasksOf(page, async () => {
        await running.signal(showSignal, { progress: seededProgress(nodes), view });
        await page
          .getByText(`${update} ${update === 1 ? 'differs' : 'differ'}`)
          .first()
          .waitFor();
      });
      updateTasksMs.push(Math.max(0, ...tasks));
    }
    await running.terminate();
    return {
      ...{ events: size.historyLength, historyBytes: size.historySize ?? 0 },
      ...{ historyReadMs, historyOpensMs, historyOpensAgainMs, nodes, firstPaintMs, tableMs },
      ...{ updateTasksMs, scrollTasksMs, rows },
    };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

function configuration(directory: string, address: string): string {
  const file = join(directory, 'rotor.yaml');
  const nodes = [{ name: 'ctl1', address: '127.0.0.1', repository: '/etc/keystone/fernet-keys' }];
  const inventory = [{ kind: 'static', sites: [{ name: 'region-one', nodes }] }];
  const ssh = { user: 'rotor', identityFile: '/nowhere', knownHosts: '/nowhere' };
  const tokens = { expiration: '24h', allowExpiredWindow: '48h' };
  writeFileSync(file, stringify({ fleet: FLEET, temporal: { address }, tokens, ssh, inventory }));
  return file;
}

async function opens(browser: Browser, address: string, selector: string): Promise<number> {
  const page = await browser.newPage();
  const startedAt = Date.now();
  await page.goto(address);
  await page.waitForSelector(selector);
  const took = Date.now() - startedAt;
  await page.close();
  return took;
}

/** Notes every task that held the main thread for 50 ms or longer, as browsers count them. */
async function watchedPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage();
  await page.addInitScript(
    `window.longTasks = [];
     new PerformanceObserver((list) => list.getEntries().forEach((entry) => longTasks.push(Math.round(entry.duration))))
       .observe({ entryTypes: ['longtask'] });`,
  );
  return page;
}

async function tasksOf(page: Page, work: () => Promise<void>): Promise<number[]> {
  await page.evaluate('longTasks.length = 0');
  await work();
  // Observers are told of a task after it.
  await sleep(200);
  return page.evaluate<number[]>('[...longTasks]');
}

async function scroll(page: Page): Promise<void> {
  await page.locator('.matrix-box').hover();
  for (let step = 0; step < 40; step++) {
    await page.mouse.wheel(0, 2_000);
    await sleep(16);
  }
}
