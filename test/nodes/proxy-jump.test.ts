import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { jumpsOf } from '../../configuration/proxy-jump.js';
import { startSshd, type Sshd } from '../../lab/sshd.js';
import { NodeConnections } from '../../nodes/connections.js';
import { readRepository, type Reading } from '../../nodes/reading.js';
import type { RepositoryFiles } from '../../nodes/repository-files.js';
import type { NodeAddress } from '../../nodes/session.js';
import { loginsAt, startNode, type NodeUnderTest } from './repository.js';

let node: NodeUnderTest;
let directory: string;
let bastion: Sshd;
let inner: Sshd;
let closed: Sshd;
let connections: NodeConnections;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rotor-jump-'));
  node = await startNode();
  node.fill('0:S 1:P');
  const { identityFile } = node.sshd;
  bastion = await startSshd({ directory: join(directory, 'bastion'), identityFile });
  inner = await startSshd({ directory: join(directory, 'inner'), identityFile });
  // Its sessions may do nothing but SFTP.
  closed = await startSshd({ directory: join(directory, 'closed'), identityFile, sftpOnly: true });
});
afterAll(async () => {
  await Promise.all([bastion.stop(), inner.stop(), closed.stop()]);
  await node.stop();
  rmSync(directory, { recursive: true });
});
afterEach(() => connections.close());

/** Visits the node by way of these, of which some are pinned. */
async function visitBy(
  hosts: readonly Sshd[],
  pinned?: readonly Sshd[],
  change?: Partial<NodeAddress>,
): Promise<Reading>;
async function visitBy<T>(
  hosts: readonly Sshd[],
  pinned: readonly Sshd[],
  change: Partial<NodeAddress>,
  visit: (files: RepositoryFiles) => Promise<T>,
): Promise<T>;
async function visitBy(
  hosts: readonly Sshd[],
  pinned: readonly Sshd[] = hosts,
  change: Partial<NodeAddress> = {},
  visit: (files: RepositoryFiles) => Promise<unknown> = readRepository,
): Promise<unknown> {
  connections = new NodeConnections(10);
  const { address } = node;
  writeFileSync(
    address.knownHosts,
    [node.sshd, ...pinned].map(({ knownHostsLine }) => `${knownHostsLine}\n`).join(''),
  );
  const jumps = jumpsOf(hosts.map(({ port }) => `127.0.0.1:${port}`).join(',') || undefined, address.user);
  return connections.use({ ...address, jumps, ...change }, visit);
}

describe('a node that is reached by way of another host', () => {
  test('over one, and over two in their order', async () => {
    const before = [bastion, inner].map(loginsAt);
    expect((await visitBy([bastion])).repository).toEqual(node.repository('0:S 1:P'));
    expect((await visitBy([bastion, inner])).repository).toEqual(node.repository('0:S 1:P'));
    expect([bastion, inner].map(loginsAt)).toEqual([before[0]! + 2, before[1]! + 1]);
  });

  test('a jump host that nobody pinned, or whose key changed, is refused by its own name', async () => {
    const attempt = visitBy([bastion], []);
    await expect(attempt).rejects.toMatchObject({ code: 'host-key-unknown', node: 'ctl1' });
    await expect(attempt).rejects.toThrow(
      `the host key of the jump host [127.0.0.1]:${bastion.port} is not in`,
    );
    await connections.close();
    const line = bastion.knownHostsLine;
    const other = { knownHostsLine: line.replace(bastion.hostKey, inner.hostKey) } as Sshd;
    await expect(visitBy([bastion], [other])).rejects.toMatchObject({ code: 'host-key-changed' });
  });

  test('a kept connection is given up when the key of a jump host is no longer pinned', async () => {
    await visitBy([bastion]);
    writeFileSync(node.address.knownHosts, `${node.sshd.knownHostsLine}\n`);
    const jumps = jumpsOf(`127.0.0.1:${bastion.port}`, node.address.user);
    await expect(connections.use({ ...node.address, jumps }, readRepository)).rejects.toMatchObject({
      code: 'host-key-unknown',
    });
  });

  test('a jump host that may not forward, one that is down, and a node that is: each is named, with what to do', async () => {
    await expect(visitBy([closed])).rejects.toThrow(/^ctl1: the jump host .*AllowTcpForwarding/);
    await connections.close();
    await expect(visitBy([bastion], [bastion], { port: 1 })).rejects.toThrow(
      /^ctl1: the jump host .* does not connect to 127\.0\.0\.1:1/,
    );
    await connections.close();
    await inner.stop();
    const attempt = visitBy([inner]);
    await expect(attempt).rejects.toMatchObject({ code: 'unreachable' });
    await expect(attempt).rejects.toThrow(/^ctl1: can't connect to the jump host .*ECONNREFUSED/);
    await inner.start();
  });

  test.each([
    ['the node', () => node.sshd],
    ['the jump host', () => bastion],
  ])('when %s is lost, requests fail at once', async (_, lost) => {
    const files = await visitBy([bastion], [bastion], {}, (open: RepositoryFiles) => Promise.resolve(open));
    await files.list('.');
    await lost().stop();
    await expect(files.list('.')).rejects.toThrow('the connection was lost');
    await lost().start();
  });

  test('a jump host that refuses the key is named', async () => {
    const stranger = await startSshd({ directory: join(directory, 'stranger') });
    await expect(visitBy([stranger])).rejects.toThrow(/the jump host .* refuses the key of/);
    await stranger.stop();
  });
});
