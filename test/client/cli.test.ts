import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProgram } from '../../client/program.js';
import { loadConfiguration } from '../../configuration/load.js';
import { rotorInProcess } from '../support/in-process-rotor.js';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'rotor-cli-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Every command that does something, by its words. */
function everyCommand(): string[] {
  const wordsOf = (command: Command, path: string): string[] =>
    command.commands.length === 0
      ? [path]
      : command.commands.flatMap((child) => wordsOf(child, `${path} ${child.name()}`.trim()));
  return wordsOf(
    createProgram({ io: { out: () => {}, err: () => {}, isTerminal: false }, end: () => {} }),
    '',
  );
}

const file = (name: string) => join(directory, name);

describe('help and usage', () => {
  test('`--help` lists the commands and exits 0', async () => {
    const { code, out } = await rotorInProcess('--help');
    expect(code).toBe(0);
    for (const command of ['init', 'worker', 'rotate', 'status', 'verify', 'schedule', 'schema'])
      expect(out).toContain(command);
  });

  test.each(everyCommand())('`%s --help` has an example', async (command) => {
    const { code, out } = await rotorInProcess(...command.split(' '), '--help');
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`Examples?:\\n +rotor ${command}`));
  });

  test('an unknown command or option is wrong usage: exit 2, on standard error', async () => {
    for (const argv of [['rotat'], ['rotate', '--resaon', 'x'], ['schedule', 'set', '--every']]) {
      const { code, out, err } = await rotorInProcess(...argv);
      expect([code, out]).toEqual([2, '']);
      expect(err).toMatch(/error:/);
    }
  });

  test('a timer that can’t be is wrong usage: exit 2, with what was expected', async () => {
    await rotorInProcess('init', '--config', file('timer.yaml'));
    const cases: [string[], RegExp][] = [
      [['--every', '10'], /--every.*expected/],
      [['--every', '5s'], /at least 1m/],
      [['--every', '1h', '--cron', '* * * * *'], /one of/],
      [['--cron', 'daily'], /five fields/],
      [['--cron', '30 3 1 * mon'], /"either" to cron and "both" to Temporal/],
      [['--every', '25h', '--timezone', 'Europe/Berlin'], /--timezone goes with/],
      [['--calendar', 'someday 03:30'], /mon,thu 03:30/],
      [['--cron', '30 3 * * *', '--timezone', 'Mars/Olympus'], /--timezone/],
    ];
    for (const [argv, message] of cases) {
      const { code, err } = await rotorInProcess('schedule', 'set', ...argv, '--config', file('timer.yaml'));
      expect(err).toMatch(message);
      expect(code).toBe(2);
    }
  });
});

describe('lists', () => {
  test('a column that is not there, an unknown format, or two kinds of output are wrong usage, before anything is asked', async () => {
    const cases: [string[], RegExp][] = [
      [['verify', '-c', 'Nod'], /no column "Nod"; there are Node, Site/],
      [['history', '--sort-column', 'x'], /--sort-column.*there are Run/],
      [['plan', '-f', 'xml'], /table, json, yaml, csv, value/],
      [['status', '-f', 'csv', '--json'], /cannot be used with/],
    ];
    for (const [argv, message] of cases) {
      const { code, out, err } = await rotorInProcess(...argv);
      expect(err).toMatch(message);
      expect([code, out]).toEqual([2, '']);
    }
  });
});

describe('configuration', () => {
  test('`init` writes a file that loads, and overwrites none unless told to', async () => {
    expect((await rotorInProcess('init', '--config', file('rotor.yaml'))).code).toBe(0);
    expect((await loadConfiguration(file('rotor.yaml'))).fleet).toBe('production');
    writeFileSync(file('rotor.yaml'), 'mine');
    expect((await rotorInProcess('init', '--config', file('rotor.yaml'))).code).toBe(1);
    expect(readFileSync(file('rotor.yaml'), 'utf8')).toBe('mine');
    expect((await rotorInProcess('init', '--config', file('rotor.yaml'), '--force')).code).toBe(0);
  });

  test('`schema` prints a JSON Schema', async () => {
    const { code, out } = await rotorInProcess('schema');
    expect(code).toBe(0);
    const schema = JSON.parse(out) as { type: string; required: string[] };
    expect(schema.type).toBe('object');
    expect(schema.required).toContain('inventory');
  });

  test('a wrong file is exit 2, every problem with its path; with --json as one document', async () => {
    writeFileSync(file('wrong.yaml'), 'fleet: x\ntokens: { expiration: 24x, allowExpiredWindow: 48h }\n');
    const { code, err, out } = await rotorInProcess('rotate', '--config', file('wrong.yaml'), '--json');
    expect(code).toBe(2);
    expect(err).toContain('tokens.expiration');
    expect(err).toContain('inventory');
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'configuration' } });
  });
});

describe('without Temporal', () => {
  test('every command that needs it says where it was looked for: exit 1', async () => {
    await rotorInProcess('init', '--config', file('nowhere.yaml'), '--force');
    appendFileSync(file('nowhere.yaml'), '\ntemporal: { address: 127.0.0.1:9 }\n');
    for (const command of [['rotate'], ['status'], ['verify'], ['schedule', 'show']]) {
      const { code, err } = await rotorInProcess(...command, '--config', file('nowhere.yaml'));
      expect(err).toContain('127.0.0.1:9');
      expect(code).toBe(1);
    }
  });
});
