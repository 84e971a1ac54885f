import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startNode, type NodeUnderTest } from './repository.js';
import { freePort } from '../../lab/ports.js';
import { writeFileSync } from 'node:fs';

let node: NodeUnderTest;

beforeAll(async () => {
  node = await startNode();
});
afterAll(() => node.stop());

/** No SSH server begins so, and its protocol allows 255 bytes. */
const NO_GREETING = 'x'.repeat(10_000);

test('a port where no SSH is spoken is a node that is unreachable, and not the end of the worker', async () => {
  const { server, port } = await serverThatTalksOtherwise();
  const { knownHosts } = node.address;
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${node.sshd.hostKey}\n`);
  const visit = node.connections.use({ ...node.address, port }, () => Promise.resolve('inside'));
  await expect(visit).rejects.toMatchObject({ code: 'unreachable', node: 'ctl1' });
  // What the client says after that would end this process, and fail the run.
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

async function serverThatTalksOtherwise(): Promise<{ server: Server; port: number }> {
  const port = await freePort();
  const server = createServer((socket) => {
    socket.on('error', () => {}).resume();
    socket.write(NO_GREETING);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { server, port };
}
