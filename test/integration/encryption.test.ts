import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { parse, stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OperationResult } from '../../core/rotation.js';
import { startFleet, type Fleet } from '../../lab/fleet.js';
import { database } from '../../lab/leaks/places.js';
import { viewsOf } from '../../lab/leaks/views.js';
import { startTemporal, type TemporalServer } from '../../lab/temporal.js';
import { temporalProgram } from '../../lab/tools.js';
import { runRotor, startWorker, type WorkerProcess } from '../../lab/worker.js';
import { WORKFLOW, rotationId, taskQueueOf } from '../../workflows/messages.js';
import type { Verification } from '../../workflows/verification.js';
import { startRotor, type StartedRotor } from '../support/started-rotor.js';
import { until } from '../../lab/until.js';

const FLEET = 'sealed';
/** Nothing else in a database of Temporal's is called like these. */
const NODES = ['amber-node', 'cobalt-node'];
const REASON = 'before the vermilion audit';
const MISSING_PROGRAM = '/nowhere/ochre-program';

let directory: string;
let temporal: TemporalServer;
let fleet: Fleet;
let worker: WorkerProcess;
let plainClient: Client;
const fingerprints = new Set<string>();

interface Encryption {
  readonly keys: readonly { readonly id: string; readonly secret: { readonly file: string } }[];
}

/** Another machine's configuration, with other keys or none. */
function configWith(name: string, encryption: Encryption | undefined, changes: object = {}): string {
  const { temporal: target, ...rest } = parse(readFileSync(fleet.config, 'utf8')) as { temporal: object };
  const file = join(directory, `${name}.yaml`);
  writeFileSync(file, stringify({ ...rest, temporal: { ...target, encryption }, ...changes }));
  return file;
}

function keyFile(name: string): string {
  const file = join(directory, name);
  writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600 });
  return file;
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rotor-encryption-'));
  temporal = await startTemporal({ directory: join(directory, 'temporal') });
  const keys = [{ id: 'first', secret: { file: keyFile('first.key') } }];
  mkdirSync(join(directory, 'fleet'));
  fleet = await startFleet({
    directory: join(directory, 'fleet'),
    temporalAddress: temporal.address,
    fleet: FLEET,
    pause: '100ms',
    waitForNode: '2s',
    nodes: NODES.map((name) => ({ name, region: 'verdigris' })),
    overrides: { temporal: { address: temporal.address, namespace: 'default', encryption: { keys } } },
  });
  worker = await startWorker(fleet.config, join(directory, 'worker.log'));
  plainClient = new Client({ connection: await Connection.connect({ address: temporal.address }) });
});

afterAll(async () => {
  await plainClient.connection.close();
  await worker.stop();
  await fleet.stop();
  await temporal.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function rotor<T>(config: string, ...args: string[]): Promise<{ code: number; json: T; err: string }> {
  const { code, stdout, stderr } = await runRotor([...args, '--config', config, '--json']);
  return { code, json: JSON.parse(stdout) as T, err: stderr };
}

/** Which of these texts stand anywhere in what Temporal has stored. */
async function foundInDatabase(texts: readonly string[]): Promise<string[]> {
  const places = await database(temporal.databaseFile);
  const views = places.flatMap(({ content, isRead }) =>
    isRead ? [content] : viewsOf(content).map((view) => view.content),
  );
  return texts.filter((text) => views.some((view) => view.includes(text)));
}

const secrets = () => [...NODES, 'verdigris', REASON, MISSING_PROGRAM, ...fingerprints];

describe('with temporal.encryption', () => {
  test('a rotation, its history, its status and its timer are as without it', async () => {
    const { json } = await rotor<OperationResult>(fleet.config, 'rotate', '--reason', REASON);
    expect(json).toMatchObject({ outcome: 'completed', error: null });
    const verification = (await rotor<Verification>(fleet.config, 'verify')).json;
    expect(verification.inSync).toBe(true);
    for (const { keys } of verification.nodes) for (const key of keys) fingerprints.add(key.fingerprint);

    const past = (await runRotor(['history', 'last', '--config', fleet.config])).stdout;
    for (const text of [REASON, 'promote', ...NODES]) expect(past).toContain(text);
    expect((await rotor<{ outcome: string }>(fleet.config, 'status')).json.outcome).toBe('completed');
    expect((await rotor(fleet.config, 'schedule', 'set', '--every', '73h')).code).toBe(0);
    const objection = await runRotor(['fence', 'nobody', '--config', fleet.config, '--yes']);
    expect(objection.stderr).toContain('nobody');
  });

  test('failures are readable to who has the key', async () => {
    const { inventory } = parse(readFileSync(fleet.config, 'utf8')) as { inventory: unknown[] };
    const before = readFileSync(fleet.config, 'utf8');
    writeFileSync(
      fleet.config,
      stringify({
        ...parse(before),
        inventory: [...inventory, { kind: 'command', argv: [MISSING_PROGRAM] }],
      }),
    );
    const { json } = await rotor<OperationResult>(fleet.config, 'rotate');
    writeFileSync(fleet.config, before);
    expect(json.outcome).not.toBe('completed');
    expect(json.error!.message).toContain(MISSING_PROGRAM);
  });

  test('the database has no name of a node, no fingerprint, no reason and no message; workflow IDs it has', async () => {
    expect(fingerprints.size).toBeGreaterThan(2);
    expect(await foundInDatabase(secrets())).toEqual([]);
    // The second stands in place of the message of a failure.
    const plain = [rotationId(FLEET), 'Encoded failure'];
    expect(await foundInDatabase(plain)).toEqual(plain);
  });

  test('a worker without the key can not go on, and its log says why; the next one with the key does', async () => {
    await worker.stop();
    const none = configWith('none', undefined);
    const log = join(directory, 'worker-none.log');
    const wrong = await startWorker(none, log);
    const rotation = rotor<OperationResult>(fleet.config, 'rotate');
    await until(() => readFileSync(log, 'utf8').includes('encrypted with the key first'));
    await wrong.stop();
    expect(await foundInDatabase(secrets())).toEqual([]);
    worker = await startWorker(fleet.config, join(directory, 'worker.log'));
    expect((await rotation).json).toMatchObject({ outcome: 'completed' });
  });

  test('a client without the key, or with another of its name, is told so', async () => {
    const other = configWith('other', { keys: [{ id: 'first', secret: { file: keyFile('other.key') } }] });
    for (const [config, why] of [
      [configWith('none', undefined), 'does not have; add it'],
      [other, 'whose secret is another one here'],
    ] as const) {
      const { stdout, stderr } = await runRotor(['history', '--config', config]);
      expect(stdout + stderr).toContain(why);
    }
  });

  test('a key is replaced by adding another, putting it first, and taking the old one away later', async () => {
    const [first] = (parse(readFileSync(fleet.config, 'utf8')) as { temporal: { encryption: Encryption } })
      .temporal.encryption.keys;
    const second = { id: 'second', secret: { file: keyFile('second.key') } };
    await worker.stop();
    const config = configWith('both', { keys: [second, first!] });
    const both = await startWorker(config, join(directory, 'worker.log'));
    expect((await rotor<OperationResult>(config, 'rotate')).json.outcome).toBe('completed');
    const { events } = await plainClient.workflow.getHandle(rotationId(FLEET)).fetchHistory();
    const input = events![0]!.workflowExecutionStartedEventAttributes!.input!.payloads![0]!;
    expect(Buffer.from(input.metadata!['encryption-key-id']!).toString()).toBe('second');
    await both.stop();
    writeFileSync(fleet.config, readFileSync(config));
    worker = await startWorker(fleet.config, join(directory, 'worker.log'));
  });
});

describe("the codec for Temporal's UI and CLI", () => {
  let codec: StartedRotor;
  let url: string;
  const ORIGIN = 'http://127.0.0.1:8233';

  beforeAll(async () => {
    codec = startRotor('codec', '--config', fleet.config, '--listen', '0', '--ui-origin', ORIGIN);
    await codec.said('http://');
    url = /http:\S+/.exec(codec.err())![0];
  });
  afterAll(async () => {
    codec.signal('SIGTERM');
    expect(await codec.ended).toBe(0);
  });

  const show = async (...args: string[]) =>
    (
      await promisify(execFile)(temporalProgram, [
        ...[
          'workflow',
          'show',
          '--workflow-id',
          rotationId(FLEET),
          '--address',
          temporal.address,
          '--output',
          'json',
        ],
        ...args,
      ])
    ).stdout;

  test("shows a history to temporal's own CLI", async () => {
    const outcome = /"outcome":"completed"/;
    expect(inputsAndResults(await show())).not.toMatch(outcome);
    expect(inputsAndResults(await show('--codec-endpoint', url))).toMatch(outcome);
  });

  test('answers pages of the UI alone', async () => {
    const payloads = [{ metadata: { encoding: btoa('json/plain') }, data: btoa('{"a":1}') }];
    const ask = (path: string, body: unknown, headers: Record<string, string> = {}) =>
      fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body), headers });
    const encoded = (await (await ask('/encode', { payloads }, { origin: ORIGIN })).json()) as {
      payloads: { data: string }[];
    };
    expect(atob(encoded.payloads[0]!.data)).not.toContain('"a"');
    const decoded = await ask('/decode', encoded, { origin: ORIGIN });
    expect(decoded.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(await decoded.json()).toEqual({ payloads });
    expect(await (await ask('/decode', { payloads })).json()).toEqual({ payloads });

    const elsewhere = await ask('/decode', encoded, { origin: 'http://evil.example' });
    expect(elsewhere.status).toBe(403);
    expect(elsewhere.headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await fetch(`${url}/decode`, { method: 'OPTIONS', headers: { origin: ORIGIN } });
    expect(preflight.headers.get('access-control-allow-headers')).toContain('x-namespace');
    encoded.payloads[0]!.data = `AAAA${encoded.payloads[0]!.data.slice(4)}`;
    const changed = await ask('/decode', encoded);
    expect(changed.status).toBe(400);
    expect(((await changed.json()) as { message: string }).message).toContain('it was changed');
    expect((await ask('/decode', { payloads: [7] })).status).toBe(400);
    expect((await ask('/', {})).status).toBe(404);
    expect((await fetch(`${url}/decode`)).status).toBe(405);
  });
});

/** The CLI prints payloads in base64. */
function inputsAndResults(history: string): string {
  return [...history.matchAll(/"data": "([^"]+)"/g)].map(([, data]) => atob(data!)).join('\n');
}

test('a plain payload is refused: nothing is done of what a program without the key asks for', async () => {
  const handle = await plainClient.workflow.start(WORKFLOW.rotation, {
    workflowId: rotationId(FLEET),
    taskQueue: taskQueueOf(FLEET),
    args: [{ fleet: FLEET, reason: 'a plain reason', startedBy: 'somebody' }],
  });
  await until(() => readFileSync(worker.log, 'utf8').includes('a payload of it that is plain'));
  const { events } = await handle.fetchHistory();
  expect(events!.some((event) => event.activityTaskScheduledEventAttributes)).toBe(false);
  await handle.terminate('a test is over');
  // What is plain would have been found above.
  expect(await foundInDatabase(['a plain reason'])).toEqual(['a plain reason']);
});
