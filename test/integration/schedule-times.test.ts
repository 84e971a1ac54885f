import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, type ScheduleSpec } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { runsBetween } from '../../client/timer.js';
import { parseDuration } from '../../core/duration.js';
import { kollaCrons } from '../support/kolla-cron.js';
import { rotorInProcess } from '../support/in-process-rotor.js';

const FLEET = 'times';
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MONTH_MS = 30 * DAY_MS;
/** A listing says at most a thousand times, so a month is asked for in parts. */
const PART_MS = DAY_MS / 2;

let directory: string;
let config: string;
let connection: Connection;
let client: Client;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rotor-times-'));
  config = join(directory, 'rotor.yaml');
  await rotor('init');
  const template = readFileSync(config, 'utf8').replace(/^fleet: .*$/m, `fleet: ${FLEET}`);
  writeFileSync(config, `${template}\ntemporal: { address: ${inject('temporalAddress')} }\n`);
  connection = await Connection.connect({ address: inject('temporalAddress') });
  client = new Client({ connection });
});
afterAll(async () => {
  await rotor('schedule', 'remove', '--yes');
  await connection.close();
  rmSync(directory, { recursive: true });
});

const rotor = (...argv: string[]) => rotorInProcess(...argv, '--config', config);

interface Timer {
  nextRuns: string[];
  calendars: string[];
  figures: { intervalMs: number; keystonesMaxActiveKeys: number; files: number };
  warnings: string[];
}

async function set(...argv: string[]): Promise<Timer> {
  const { code, out, err } = await rotor('schedule', 'set', ...argv, '--json');
  expect(code, err).toBe(0);
  return JSON.parse(out) as Timer;
}

/** When a Schedule fires, by Temporal's own listing. */
async function listed(scheduleId: string, from: number, lengthMs: number): Promise<number[]> {
  const times: number[] = [];
  for (let start = from; start < from + lengthMs; start += PART_MS)
    times.push(...(await runsBetween({ client }, scheduleId, start, start + PART_MS)));
  return [...new Set(times)].sort((a, b) => a - b);
}

const timer = (from: number, lengthMs: number) => listed(`rotation/${FLEET}`, from, lengthMs);

function gapsOf(times: readonly number[]): number[] {
  return [...new Set(times.slice(1).map((time, index) => time - times[index]!))];
}

function local(time: number, timeZone: string): string {
  return new Date(time).toLocaleString('sv-SE', { timeZone }).slice(0, 16);
}

/** What any cron, or Temporal, makes of crontab lines; null where it takes none of them. */
async function cronTimes(lines: readonly string[], from: number): Promise<number[] | null> {
  const spec: ScheduleSpec = { cronExpressions: [...lines] };
  const action = { type: 'startWorkflow', workflowType: 'none', taskQueue: 'none' } as const;
  const scheduleId = `crontab/${randomUUID()}`;
  try {
    const handle = await client.schedule.create({ scheduleId, spec, action, state: { paused: true } });
    const times = await listed(scheduleId, from, MONTH_MS);
    await handle.delete();
    return times;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** What becomes of the same interval with kolla's generator and three hosts. */
async function kollaFate(every: string): Promise<string> {
  const crons = kollaCrons(parseDuration(every) / MINUTE_MS);
  if ('refused' in crons) return 'refused';
  const times = await cronTimes(crons, Date.now());
  if (times === null) return 'a crontab that no cron takes';
  const gaps = gapsOf(times).map((gap) => gap / MINUTE_MS);
  const isRight = gaps.length === 1 && gaps[0] === parseDuration(every) / MINUTE_MS;
  return isRight ? 'right' : `every ${gaps.sort((a, b) => a - b).join(' or ')} minutes`;
}

describe('for thirty days', () => {
  test.each([
    ['1m', 'right'],
    ['61m', 'every 61 or 98 minutes'],
    ['90m', 'right'],
    ['24h', 'right'],
    ['24h30m', 'a crontab that no cron takes'],
    ['25h', 'every 1440 or 2880 minutes'],
    ['73h', 'every 4320 or 5760 minutes'],
    ['10d', 'refused'],
  ])('--every %s fires at that distance and no other; kolla: %s', async (every, fate) => {
    await set('--every', every);
    const times = await timer(Date.now(), MONTH_MS + DAY_MS);
    expect(gapsOf(times)).toEqual([parseDuration(every)]);
    expect(times.at(-1)! - times[0]!).toBeGreaterThanOrEqual(MONTH_MS - parseDuration(every));
    expect(await kollaFate(every)).toBe(fate);
  });
});

describe('over the changes of the clocks in Berlin', () => {
  const spring = Date.parse('2027-03-14T00:00:00Z');
  const autumn = Date.parse('2027-10-17T00:00:00Z');
  const berlin = (time: number) => local(time, 'Europe/Berlin');

  test.each([
    ['--calendar', 'daily 03:30'],
    ['--cron', '30 3 * * *'],
  ])('%s %s fires once a day at half past three by the clock on the wall', async (option, value) => {
    await set(option, value, '--timezone', 'Europe/Berlin');
    for (const from of [spring, autumn]) {
      const times = (await timer(from, MONTH_MS)).map(berlin);
      expect(times).toHaveLength(30);
      expect(new Set(times.map((time) => time.slice(11)))).toEqual(new Set(['03:30']));
    }
  });

  test('an interval takes no notice of clocks on walls', async () => {
    await set('--every', '25h');
    expect(gapsOf(await timer(spring, MONTH_MS))).toEqual([parseDuration('25h')]);
  });

  test('days of the week are those of the time zone', async () => {
    await set('--calendar', 'mon,thu 00:30', '--timezone', 'Europe/Berlin');
    const days = (await timer(spring, MONTH_MS)).map((time) =>
      new Date(time).toLocaleDateString('en', { timeZone: 'Europe/Berlin', weekday: 'short' }),
    );
    expect(new Set(days)).toEqual(new Set(['Mon', 'Thu']));
  });

  test('a time that a change skips is left out on that day, and one that comes twice fires once', async () => {
    await set('--calendar', 'daily 02:30', '--timezone', 'Europe/Berlin');
    expect(await timer(spring, MONTH_MS)).toHaveLength(29);
    expect(await timer(autumn, MONTH_MS)).toHaveLength(30);
  });
});

describe('what it means for keys', () => {
  test('the shortest interval of a calendar is that of Temporal’s own listing, changes of the clocks included', async () => {
    const { figures, calendars } = await set('--calendar', 'sat,mon 03:30', '--timezone', 'Europe/Berlin');
    expect(calendars).toEqual(['sat,mon 03:30']);
    expect(figures.intervalMs).toBe(parseDuration('47h'));
  });

  test('too many key files are warned of, with the setting that would have to be raised', async () => {
    const { figures, warnings } = await set('--every', '61m');
    expect(figures.files).toBeGreaterThan(50);
    expect(warnings[0]).toContain('rotation.maxFiles');
  });
});

describe('setting it again', () => {
  test('the same interval does not put off the next run; another one begins anew', async () => {
    const before = (await set('--every', '25h')).nextRuns[0];
    expect((await set('--every', '25h', '--jitter', '0s')).nextRuns[0]).toBe(before);
    expect((await set('--every', '26h')).nextRuns[0]).not.toBe(before);
  });

  test('runs that are nearer than a rotation takes are refused, and the timer stays as it was', async () => {
    const before = await set('--every', '25h');
    const { code, err } = await rotor('schedule', 'set', '--every', '1m', '--jitter', '59s');
    expect([code, err]).toEqual([2, expect.stringContaining('a rotation takes about')]);
    const { out } = await rotor('schedule', 'show', '--json');
    expect((JSON.parse(out) as Timer).nextRuns).toEqual(before.nextRuns);
  });

  test('a time that Temporal refuses is wrong usage, and leaves no draft behind', async () => {
    const { code, err } = await rotor('schedule', 'set', '--cron', '99 3 * * *');
    expect([code, err]).toEqual([2, expect.stringContaining('Minute is not in range')]);
    const schedules: string[] = [];
    for await (const { scheduleId } of client.schedule.list()) schedules.push(scheduleId);
    expect(schedules.filter((id) => id.startsWith('draft/'))).toEqual([]);
  });
});

test('`schedule show` lists the next ten runs in UTC and in the local time of the timer', async () => {
  await set('--calendar', 'daily 03:30', '--timezone', 'Europe/Berlin');
  const { out } = await rotor('schedule', 'show', '-f', 'value', '-c', 'Local');
  const runs = out.trim().split('\n');
  expect(runs).toHaveLength(10);
  for (const run of runs) expect(run).toMatch(/ 03:30:00 (CET|CEST|GMT\+[12])$/);
});
