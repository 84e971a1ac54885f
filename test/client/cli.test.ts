import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../client/cli.js';
import { loadConfiguration } from '../../configuration/load.js';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'rotor-cli-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs a command in process, where nobody can be asked. */
async function rotor(...argv: string[]) {
  let out = '';
  let err = '';
  const io = {
    out: (text: string) => (out += text),
    err: (text: string) => (err += text),
    isTerminal: false,
  };
  const code = await run(argv, io);
  return { code, out, err };
}

const file = (name: string) => join(directory, name);

describe('help and usage', () => {
  test('`--help` lists the commands and exits 0', async () => {
    const { code, out } = await rotor('--help');
    expect(code).toBe(0);
    for (const command of ['init', 'worker', 'rotate', 'status', 'verify', 'schedule', 'schema'])
      expect(out).toContain(command);
  });

  for (const command of [['rotate'], ['status'], ['verify'], ['schedule', 'set'], ['schedule', 'remove']]) {
    test(`\`${command.join(' ')} --help\` has an example`, async () => {
      const { code, out } = await rotor(...command, '--help');
      expect(code).toBe(0);
      expect(out).toContain(`rotor ${command.join(' ')}`);
      expect(out).toContain('Example:');
    });
  }

  test('an unknown command or option is wrong usage: exit 2, on standard error', async () => {
    for (const argv of [['rotat'], ['rotate', '--resaon', 'x'], ['schedule', 'set', '--every']]) {
      const { code, out, err } = await rotor(...argv);
      expect([code, out]).toEqual([2, '']);
      expect(err).toMatch(/error:/);
    }
  });

  test('a timer that can’t be is wrong usage: exit 2, with what was expected', async () => {
    await rotor('init', '--config', file('timer.yaml'));
    const cases: [string[], RegExp][] = [
      [['--every', '10'], /--every.*expected/],
      [['--every', '5s'], /at least 1m/],
      [['--every', '1h', '--cron', '* * * * *'], /one of/],
      [['--cron', 'daily'], /five fields/],
      [['--calendar', 'someday 03:30'], /mon,thu 03:30/],
      [['--cron', '30 3 * * *', '--timezone', 'Mars/Olympus'], /--timezone/],
    ];
    for (const [argv, message] of cases) {
      const { code, err } = await rotor('schedule', 'set', ...argv, '--config', file('timer.yaml'));
      expect(err).toMatch(message);
      expect(code).toBe(2);
    }
  });
});

describe('configuration', () => {
  test('`init` writes a file that loads, and overwrites none unless told to', async () => {
    expect((await rotor('init', '--config', file('rotor.yaml'))).code).toBe(0);
    expect((await loadConfiguration(file('rotor.yaml'))).fleet).toBe('production');
    writeFileSync(file('rotor.yaml'), 'mine');
    expect((await rotor('init', '--config', file('rotor.yaml'))).code).toBe(1);
    expect(readFileSync(file('rotor.yaml'), 'utf8')).toBe('mine');
    expect((await rotor('init', '--config', file('rotor.yaml'), '--force')).code).toBe(0);
  });

  test('`schema` prints a JSON Schema', async () => {
    const { code, out } = await rotor('schema');
    expect(code).toBe(0);
    const schema = JSON.parse(out) as { type: string; required: string[] };
    expect(schema.type).toBe('object');
    expect(schema.required).toContain('inventory');
  });

  test('a wrong file is exit 2, every problem with its path; with --json as one document', async () => {
    writeFileSync(file('wrong.yaml'), 'fleet: x\ntokens: { expiration: 24x, allowExpiredWindow: 48h }\n');
    const { code, err, out } = await rotor('rotate', '--config', file('wrong.yaml'), '--json');
    expect(code).toBe(2);
    expect(err).toContain('tokens.expiration');
    expect(err).toContain('inventory');
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'configuration' } });
  });
});

describe('without Temporal', () => {
  test('every command that needs it says where it was looked for: exit 1', async () => {
    await rotor('init', '--config', file('nowhere.yaml'), '--force');
    appendFileSync(file('nowhere.yaml'), '\ntemporal: { address: 127.0.0.1:9 }\n');
    for (const command of [['rotate'], ['status'], ['verify'], ['schedule', 'show']]) {
      const { code, err } = await rotor(...command, '--config', file('nowhere.yaml'));
      expect(err).toContain('127.0.0.1:9');
      expect(code).toBe(1);
    }
  });
});
