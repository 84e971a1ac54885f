import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { hang, startRelay, type Ends, type Relay } from '../../lab/relay.js';
import { NodeConnections } from '../../nodes/connections.js';
import type { RepositoryFiles } from '../../nodes/repository-files.js';
import type { NodeAddress } from '../../nodes/session.js';
import { startNode, type NodeUnderTest } from './repository.js';

let node: NodeUnderTest;

beforeAll(async () => {
  node = await startNode();
  node.fill('0:S 1:P');
});
afterAll(() => node.stop());

/** What a request ends with, or who was first. */
const outcomeOf = (request: Promise<unknown>) => request.then(() => 'an answer', String);

test('a request on a connection that was lost fails at once, as the one does during which it was lost', async () => {
  const files = await node.visit((open: RepositoryFiles) => Promise.resolve(open));
  await files.list('.');
  await node.sshd.stop();
  const first = await outcomeOf(files.list('.'));
  expect(first).toContain('the connection was lost');
  // Without an answer it would wait as long as for a server that hangs, and every request that cleans up after it as well.
  const second = await Promise.race([outcomeOf(files.remove('.rotor/x')), nextTurn()]);
  expect(second).toContain('the connection was lost');
});

function nextTurn(): Promise<string> {
  return new Promise((resolve) => setImmediate(() => resolve('it waits')));
}

describe('a visit whose connection is lost in its middle', () => {
  /** Ends every connection once, and counts how often the visit was made. */
  async function cutOnce(): Promise<{ visits: number; outcome: string }> {
    let visits = 0;
    const visit = node.visit(async (files: RepositoryFiles) => {
      visits++;
      await files.list('.');
      if (visits === 1) {
        await node.sshd.stop();
        await node.sshd.start();
      }
      await files.list('.');
    });
    const outcome = await outcomeOf(visit);
    return { visits, outcome };
  }

  test('over a connection that was just made says that the node is unreachable', async () => {
    await node.connections.close();
    await node.sshd.start();
    const { visits, outcome } = await cutOnce();
    expect(visits).toBe(1);
    expect(outcome).toContain('the connection was lost');
  });

  test('over one that was kept is made again at once: it may have been dead before', async () => {
    await node.visit((files: RepositoryFiles) => files.list('.'));
    expect(await cutOnce()).toEqual({ visits: 2, outcome: 'an answer' });
  });
});

describe('a connection that carries nothing any more', () => {
  const connections = new NodeConnections(10);
  const relays: Relay[] = [];
  const ends: Ends[] = [];

  afterEach(async () => {
    await connections.close();
    for (const relay of relays.splice(0)) await relay.stop();
    ends.length = 0;
  });

  /** The node, by a way whose connections can be made to hang. */
  async function overRelay(name: string): Promise<NodeAddress> {
    const { sshd, address } = node;
    const relay = await startRelay({ host: '127.0.0.1', port: sshd.port }, (pair) => ends.push(pair));
    relays.push(relay);
    const knownHosts = join(dirname(address.knownHosts), `known_hosts_${name}`);
    const pinned = readFileSync(address.knownHosts, 'utf8').replace(`:${sshd.port} `, `:${relay.port} `);
    writeFileSync(knownHosts, pinned);
    return { ...address, name, port: relay.port, knownHosts };
  }

  test('is given up at the first answer that does not come, and one that was kept is replaced', async () => {
    await node.sshd.start();
    const [kept, fresh] = [await overRelay('kept'), await overRelay('fresh')];
    await connections.use(kept, (files) => files.list('.'));
    const outcomes = await connections.use(fresh, async (files) => {
      await files.list('.');
      ends.forEach(hang);
      const again = connections.use(kept, (afresh) => afresh.list('.'));
      return Promise.all([outcomeOf(files.list('.')), outcomeOf(again)]);
    });
    expect(outcomes).toEqual(['NodeError: fresh: no answer within 8 s to: list .', 'an answer']);
  });

  test('is given up later where something is to be changed, because a loaded disk takes its time', async () => {
    const fresh = await overRelay('fresh');
    const change = connections.use(fresh, async (files) => {
      await files.list('.');
      ends.forEach(hang);
      await files.remove('no-such-file');
    });
    expect(await outcomeOf(change)).toBe('NodeError: fresh: no answer within 16 s to: remove no-such-file');
  });
});
