import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { searchEverywhere } from '../../lab/leaks/everywhere.js';
import { answers, historyEvents } from '../../lab/leaks/places.js';
import { searchForKeys, type Leak, type Place } from '../../lab/leaks/search.js';
import { memoryOf } from '../support/memory.js';
import { key, planted, surrounded } from '../support/planted-forms.js';
import { until } from '../../lab/until.js';

/** The search that ends every test on real parts, over real places in which a key was planted in each form. */
let directory: string;
let server: Server;
let client: Client;
const WORKFLOW_ID = 'leaky';
const forms = planted.map(([form]) => form);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rotor-planted-'));
  mkdirSync(join(directory, 'left', 'behind'), { recursive: true });
  mkdirSync(join(directory, 'fernet-keys'));
  server = createServer((request, response) =>
    response.end(surrounded(planted[Number(request.url!.slice(1))]![1])),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = new Client({ connection: await Connection.connect({ address: inject('temporalAddress') }) });
  await client.workflow.start('nobody-runs-this', {
    ...{ workflowId: WORKFLOW_ID, taskQueue: 'nobody-polls-this' },
    args: planted.map(([, content]) => surrounded(content)),
    memo: { text: `a text with ${key.toString('base64')} in it` },
  });
});
afterAll(async () => {
  await client.workflow.getHandle(WORKFLOW_ID).terminate();
  await client.connection.close();
  server.close();
  rmSync(directory, { recursive: true });
});

function expectEachForm(leaks: readonly Leak[], place: (name: string) => boolean): void {
  const found = new Set(leaks.filter((leak) => place(leak.place)).map(({ form }) => form));
  for (const form of forms) expect(found, form).toContain(form);
}

const everywhere = (where: { paths?: string[]; said?: Place[] } = {}) =>
  searchEverywhere({
    keys: [key],
    databaseFile: inject('temporalDatabase'),
    ...{ paths: [], repositories: [join(directory, 'fernet-keys')], ...where },
  });

describe('a key that is planted in each form is found', () => {
  test("in Temporal's database", async () => {
    expectEachForm(await everywhere(), (place) => place.startsWith(inject('temporalDatabase')));
  });

  test('in the events of a history, memo included', async () => {
    const { events } = await client.workflow.getHandle(WORKFLOW_ID).fetchHistory();
    expectEachForm(searchForKeys([historyEvents('history', events)], [key]), () => true);
    const { memo } = events![0]!.workflowExecutionStartedEventAttributes!;
    expect(searchForKeys([historyEvents('memo', memo)], [key])).toContainEqual(
      expect.objectContaining({ form: 'whole, base64' }),
    );
  });

  test('in logs, temporary folders and dumps, and not where keys are at home', async () => {
    for (const [index, [, content]] of planted.entries())
      for (const name of [
        `worker-${index}.log`,
        join('left', 'behind', `core.${index}`),
        join('fernet-keys', `${index}`),
      ])
        writeFileSync(join(directory, name), surrounded(content));
    const leaks = await everywhere({ paths: [directory] });
    for (const kind of ['.log', 'core.']) expectEachForm(leaks, (place) => place.includes(kind));
    expect(leaks.filter(({ place }) => place.includes('fernet-keys'))).toEqual([]);
  });

  test('in what servers answer, such as metrics and pages', async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const said = await answers(forms.map((_, index) => `${url}/${index}`));
    expectEachForm(await everywhere({ said }), (place) => place.startsWith(url));
  });

  test('in the memory of a process, and in a dump of its heap', async () => {
    const holder = spawn(
      process.execPath,
      [
        '--heapsnapshot-signal=SIGUSR2',
        `--diagnostic-dir=${directory}`,
        '--eval',
        HOLDER,
        key.toString('hex'),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    onTestFinished(() => ended(holder));
    await once(holder.stdout, 'data');
    const found = searchForKeys(memoryOf(holder.pid!), [key]).map(({ form }) => form);
    for (const form of ['whole, raw', 'whole, base64', 'whole, base64url', 'whole, hex'])
      expect(found).toContain(form);
    holder.kill('SIGUSR2');
    await until(async () => dumps().length > 0 && (await everywhere({ paths: dumps() })).some(isInDump));
  });
});

/** Holds the key as bytes and as texts, none of which was on its command line but the one in hex. */
const HOLDER = `
  const bytes = Buffer.from(process.argv[1], 'hex');
  globalThis.kept = [bytes, bytes.toString('base64'), bytes.toString('base64url')];
  setInterval(() => globalThis.kept, 1e6);
  console.log('ready');`;

const dumps = () =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.heapsnapshot'))
    .map((name) => join(directory, name));

const isInDump = ({ place, form }: Leak) =>
  place.endsWith('.heapsnapshot') && form.startsWith('whole, base64');

async function ended(child: ChildProcess): Promise<void> {
  const end = once(child, 'exit');
  child.kill('SIGKILL');
  await end;
}
