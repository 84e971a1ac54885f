import { fileURLToPath } from 'node:url';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { runHistory } from '../../monitoring/run-history.js';
import { NodeError } from '../../nodes/node-error.js';
import { keepFailures } from '../../worker/activity-failures.js';
import { rotationId } from '../../workflows/messages.js';
import { quietSdk } from '../../lab/quiet-sdk.js';

const FLEET = 'failed-attempts';
/** Long before it is done with. */
const ATTEMPTS = 12;
const SECRET = 'ZmVybmV0LXJvdG9yIHRlc3Qga2V5IG9mIDMyIGJ5dGVzIQ==';

quietSdk();
let connection: NativeConnection;
let client: Client;
beforeAll(async () => {
  connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  client = new Client({ connection });
});
afterAll(() => connection.close());

/** What goes wrong in each attempt. */
async function trouble(): Promise<string> {
  const { attempt } = Context.current().info;
  if (attempt === 1) throw new TypeError(`no such thing: ${SECRET}`);
  if (attempt === 2) throw new NodeError('locked', 'ctl1', 'another operation has the lock');
  if (attempt === 3) await Context.current().cancelled; // as one whose worker is gone
  if (attempt === 4) throw ApplicationFailure.create({ message: 'no answer', cause: new Error(SECRET) });
  if (attempt < ATTEMPTS) throw new NodeError('unreachable', 'ctl2', 'nobody is there');
  return 'done';
}

test("every attempt's own error stands in the operation's history, and nothing that a foreign error says", async () => {
  const worker = await Worker.create({
    connection,
    taskQueue: FLEET,
    workflowsPath: fileURLToPath(new URL('../support/troubled-operation.ts', import.meta.url)),
    activities: { trouble },
    interceptors: { activity: [keepFailures(client, () => {})] },
  });
  const handle = await worker.runUntil(async () => {
    const started = await client.workflow.start('rotation', {
      workflowId: rotationId(FLEET),
      taskQueue: FLEET,
    });
    expect(await started.result()).toBe('done');
    return started;
  });
  const { attempts, troubles } = await runHistory({ client, fleet: FLEET }, handle.firstExecutionRunId);
  const unreachable = 'trouble: ctl2: nobody is there';
  expect(attempts.map(({ message }) => message)).toEqual([
    "trouble: an unexpected TypeError; the worker's log has where",
    'trouble: ctl1: another operation has the lock',
    'trouble: its worker ended, or lost Temporal',
    'trouble: no answer',
    ...Array.from({ length: 6 }, () => unreachable),
    // the last one, which Temporal keeps itself
    unreachable,
  ]);
  expect(troubles.map(({ times }) => times)).toEqual([1, 1, 1, 1, 7]);
  expect(JSON.stringify(await handle.fetchHistory())).not.toContain(SECRET);
});
