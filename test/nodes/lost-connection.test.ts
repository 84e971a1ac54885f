import { afterAll, beforeAll, expect, test } from 'vitest';
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
