import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RepositoryFiles } from '../../nodes/repository-files.js';
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
