import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startProxy, type Proxy } from '../support/proxy.js';
import { startScene, type Scene } from '../support/scene.js';
import { startAtTerminal, startRotor } from '../support/started-rotor.js';
import { until } from '../../lab/until.js';

// eslint-disable-next-line no-control-regex -- it is what is looked for
const ESCAPE = /\x1b\[/;

let scene: Scene;
let proxy: Proxy;
/** The same fleet, by way of the proxy. */
let farConfig: string;

beforeAll(async () => {
  scene = await startScene('operator', { pause: '100ms' });
  proxy = await startProxy(inject('temporalAddress'));
  farConfig = join(scene.directory, 'far.yaml');
  const config = readFileSync(scene.fleet.config, 'utf8');
  writeFileSync(farConfig, config.replace(inject('temporalAddress'), proxy.address));
});
afterAll(async () => {
  await proxy.stop();
  await scene.stop();
});

interface StatusDocument {
  phase: string;
  outcome: string | null;
}

async function isIdle(): Promise<boolean> {
  return (await scene.rotorJson<StatusDocument>('status')).json.phase === 'idle';
}

async function lastOutcome() {
  const { json } = await scene.rotorJson<{ operations: { outcome: string; reason: string }[] }>('history');
  return json.operations[0];
}

describe('following', () => {
  test('Ctrl-C stops the following alone: exit 130, and how to look', async () => {
    const rotor = startRotor('rotate', '--reason', 'left alone', '--config', scene.fleet.config);
    await rotor.said('distribute');
    rotor.signal('SIGINT');
    expect(await rotor.ended).toBe(130);
    expect(rotor.err()).toMatch(
      /no longer following; the rotation goes on by itself, `rotor status --watch`/,
    );
    expect(rotor.out()).toBe('');
    await until(isIdle);
    expect(await lastOutcome()).toMatchObject({ outcome: 'completed', reason: 'left alone' });
  });

  test('--timeout stops it after a while: exit 124, with the run that goes on as JSON', async () => {
    const { code, json } = await scene.rotorJson('rotate', '--timeout', '10ms');
    expect(code).toBe(124);
    expect(json).toMatchObject({
      workflowId: 'rotation/operator',
      outcome: null,
      error: { code: 'timeout' },
    });
    await until(isIdle);
    expect(await lastOutcome()).toMatchObject({ outcome: 'completed' });
  });

  test('a lost connection to Temporal is waited out', async () => {
    const rotor = startRotor('rotate', '--config', farConfig);
    await rotor.said('distribute');
    proxy.cut();
    await rotor.said('connection to Temporal was lost');
    proxy.restore();
    expect(await rotor.ended, rotor.err() + rotor.out()).toBe(0);
    expect(rotor.out()).toMatch(/^completed/);
  });

  test('who reads no more ends `status --watch`, without a word', async () => {
    const rotor = startRotor('status', '--watch', '--json', '--config', scene.fleet.config);
    await rotor.said('"phase"');
    rotor.closeOut();
    expect(await rotor.ended).toBe(0);
    expect(rotor.err()).toBe('');
  });
});

describe('what is printed', () => {
  test('`status`, `verify` and `plan` show nodes × keys, and what each key is on how many nodes', async () => {
    for (const command of ['status', 'verify', 'plan']) {
      const { stdout } = await scene.rotor(command);
      expect(stdout).toMatch(/ctl3 +region-two +primary \d+/);
      expect(stdout).toMatch(/[0-9a-f]{16} +primary +\S+ +3\/3 +omnipresent +omnipresent +makes tokens/);
      expect(stdout).toMatch(/[0-9a-f]{16} +staged +\S+ +3\/3 +omnipresent +rumoured +the next rotation/);
      expect(stdout).not.toMatch(ESCAPE);
    }
  });

  test('every list comes in the format that was asked for', async () => {
    const lists: [string[], string][] = [
      [['status'], '"Node","Site","Standing"'],
      [['verify'], '"Node","Site","Standing","Index"'],
      [['plan'], '"#","Time","Phase"'],
      [['history'], '"Run","Kind","Started"'],
      [['history', 'last'], '"Started","Phase","Seconds"'],
    ];
    for (const [argv, head] of lists) {
      const { stdout } = await scene.rotor(...argv, '-f', 'csv');
      expect(stdout.split('\n')[0]).toContain(head);
      expect(stdout.trim().split('\n').length).toBeGreaterThan(1);
    }
    const { stdout } = await scene.rotor('status', '-f', 'value', '-c', 'Node', '--sort-column', 'Node');
    expect(stdout).toBe('ctl1\nctl2\nctl3\n');
  });

  test('colours at a terminal only, and not with NO_COLOR or TERM=dumb', async () => {
    const outputOf = async (environment: Record<string, string>) => {
      const rotor = startAtTerminal(environment, 'verify', '--config', scene.fleet.config);
      expect(await rotor.ended).toBe(0);
      return rotor.out();
    };
    expect(await outputOf({ NO_COLOR: '' })).toMatch(ESCAPE);
    expect(await outputOf({ NO_COLOR: '1' })).not.toMatch(ESCAPE);
    expect(await outputOf({ TERM: 'dumb' })).not.toMatch(ESCAPE);
  });
});

describe('asking', () => {
  const revoke = () => ['revoke', '--reason', 'test', '--config', scene.fleet.config];

  test('at a terminal; no, Ctrl-C and Ctrl-D change nothing', async () => {
    for (const [answer, code] of [
      ['n\r', 0],
      ['\x03', 130],
      ['\x04', 0],
    ] as const) {
      const rotor = startAtTerminal({}, ...revoke());
      await rotor.said('[y/N]');
      rotor.send(answer);
      expect(await rotor.ended).toBe(code);
    }
    expect(await lastOutcome()).toMatchObject({ reason: 'by hand' });
  });

  test('never with --no-input', async () => {
    const rotor = startAtTerminal({}, ...revoke(), '--no-input');
    expect(await rotor.ended).toBe(2);
    expect(rotor.out()).toContain('Say --yes');
  });
});

describe('history', () => {
  test('of one that failed: its steps, what was in the way, who started it and why, and what to type next', async () => {
    const [node] = scene.fleet.nodes;
    const file = join(node!.repository, '1');
    const key = readFileSync(file);
    writeFileSync(file, 'no key');
    expect((await scene.rotor('rotate', '--reason', 'with a broken file')).code).toBe(1);
    writeFileSync(file, key);

    await scene.worker().stop();
    const { stdout } = await scene.rotor('history', 'last');
    expect(stdout).toMatch(/^rotation \S+: failed after/);
    expect(stdout).toMatch(/by \S+@\S+: with a broken file/);
    expect(stdout).toMatch(/in the way\n {2}.* malformed-key: ctl1/);
    expect(stdout).toContain('next: rotor reconcile --node ctl1');
    await scene.restartWorker();
  });

  test('of one that completed: each step with its nodes and how long it took; found by the beginning of its ID', async () => {
    const { json } = await scene.rotorJson<{
      operations: { runId: string; outcome: string; startedBy: string }[];
    }>('history');
    const done = json.operations.find(({ outcome }) => outcome === 'completed')!;
    expect(done.startedBy).toMatch(/@/);
    const run = await scene.rotorJson<{ steps: { phase: string; nodes: string[]; endedAt: string }[] }>(
      'history',
      done.runId.slice(0, -2),
    );
    expect(run.json.steps.map(({ phase }) => phase)).toEqual(
      expect.arrayContaining(['distribute', 'confirm', 'promote', 'stage']),
    );
    expect(run.json.steps.every(({ nodes, endedAt }) => nodes.length > 0 && endedAt !== null)).toBe(true);
  });

  test('what is not there is said, with how to find it', async () => {
    const { code, stderr } = await scene.rotor('history', 'nope');
    expect([code, stderr]).toEqual([1, expect.stringContaining('`rotor history` lists them')]);
  });
});
