import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startSshd, type Sshd } from '../../lab/sshd.js';
import { until } from '../../lab/until.js';
import { NodeConnections } from '../../nodes/connections.js';
import { readRepository } from '../../nodes/reading.js';
import type { NodeAddress } from '../../nodes/session.js';
import { loginsAt, startNode, type NodeUnderTest } from './repository.js';

/** As many as sshd takes at a time of those who have not logged in yet, and some. */
const BEHIND_ONE_DOOR = 20;
const AT_ONE_DOOR = 8;

/** A server that takes connections and says nothing, as a host that hangs does. */
class SilentHost {
  readonly open = new Set<Socket>();
  taken = 0;
  most = 0;
  private readonly server: Server;

  constructor() {
    this.server = createServer((socket) => {
      this.open.add(socket);
      this.taken++;
      this.most = Math.max(this.most, this.open.size);
      socket.on('error', () => {});
      socket.on('close', () => this.open.delete(socket));
    });
  }

  async listen(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  stop(): void {
    for (const socket of this.open) socket.destroy();
    this.server.close();
  }
}

let node: NodeUnderTest;
let connections: NodeConnections;
const hosts: SilentHost[] = [];

beforeAll(async () => {
  node = await startNode();
  node.fill('0:S 1:P');
  connections = new NodeConnections(1000);
});
afterEach(() => {
  vi.useRealTimers();
  for (const host of hosts.splice(0)) host.stop();
});
afterAll(async () => {
  await connections.close();
  await node.stop();
});

async function silentHost(): Promise<SilentHost> {
  const host = await new SilentHost().listen();
  hosts.push(host);
  return host;
}

/** @returns what the visit ends with */
async function visit(change: Partial<NodeAddress>): Promise<string> {
  const { address } = node;
  return connections.use({ ...address, ...change }, readRepository).then(() => 'read', String);
}

const behindOneDoor = ({ port }: SilentHost) =>
  Array.from({ length: BEHIND_ONE_DOOR }, (_, number) => visit({ name: `n${number}`, port }));

test('a hundred nodes that hang hold up nobody who answers', async () => {
  const silent = await Promise.all(Array.from({ length: 100 }, silentHost));
  const hanging = silent.map(({ port }, number) => visit({ name: `n${number}`, port }));
  const first = await Promise.race([visit({}), ...hanging]);
  expect(first).toBe('read');
  for (const host of silent) host.stop();
  for (const outcome of await Promise.all(hanging))
    expect(outcome).toMatch(/can't connect to .*; is its sshd up/);
});

test('no more stand at one door than sshd lets in, and each comes in after another', async () => {
  const host = await silentHost();
  const visits = behindOneDoor(host);
  for (let left = BEHIND_ONE_DOOR; left > 0; left--) {
    await until(() => host.open.size === Math.min(left, AT_ONE_DOOR));
    const [socket] = host.open;
    socket!.destroy();
    await once(socket!, 'close');
  }
  await Promise.all(visits);
  expect(host).toMatchObject({ most: AT_ONE_DOOR, taken: BEHIND_ONE_DOOR });
});

test('where nobody answers in time, those who waited for their turn are told at once', async () => {
  const host = await silentHost();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const visits = behindOneDoor(host);
  await until(() => host.open.size === AT_ONE_DOOR);
  vi.advanceTimersByTime(10_000);
  for (const [number, outcome] of (await Promise.all(visits)).entries())
    expect(outcome).toContain(
      `n${number}: can't connect to ${node.address.user}@127.0.0.1:${host.port} (ETIMEDOUT)`,
    );
  expect(host.taken).toBe(AT_ONE_DOOR);
});

test('a door at which nobody answered is tried again by the next who comes', async () => {
  const host = await silentHost();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const early = visit({ port: host.port });
  await until(() => host.taken === 1);
  vi.advanceTimersByTime(10_000);
  expect(await early).toContain('ETIMEDOUT');
  const late = visit({ port: host.port });
  await until(() => host.taken === 2);
  host.stop();
  expect(await late).toContain("can't connect");
});

describe('behind a jump host that lives', () => {
  /** More than the handshakes that are made at the same time. */
  const SILENT = 40;
  let directory: string;
  let bastion: Sshd;
  let jumps: NodeAddress['jumps'];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'rotor-opening-'));
    const { identityFile, knownHosts } = node.address;
    bastion = await startSshd({ directory: join(directory, 'bastion'), identityFile });
    appendFileSync(knownHosts, `${bastion.knownHostsLine}\n`);
    jumps = [{ address: '127.0.0.1', port: bastion.port, user: bastion.user }];
  });
  afterAll(async () => {
    await bastion.stop();
    rmSync(directory, { recursive: true });
  });

  test('nodes that hang hold up none that answers, and each says who could not reach it', async () => {
    const silent = await Promise.all(Array.from({ length: SILENT }, silentHost));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const hanging = silent.map(({ port }, number) => visit({ name: `n${number}`, port, jumps }));
    expect(await visit({ jumps })).toBe('read');
    await until(() => silent.every(({ taken }) => taken === 1));
    vi.advanceTimersByTime(10_000);
    for (const [number, outcome] of (await Promise.all(hanging)).entries())
      expect(outcome).toContain(
        `@127.0.0.1:${silent[number]!.port} from the jump host ${bastion.user}@127.0.0.1:${bastion.port} (ETIMEDOUT)`,
      );
  });

  test('where another jump host does not answer, those who waited at it are told with the first', async () => {
    const inner = await silentHost();
    const before = loginsAt(bastion);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const way = [...jumps, { address: '127.0.0.1', port: inner.port, user: bastion.user }];
    const visits = Array.from({ length: BEHIND_ONE_DOOR }, (_, n) => visit({ name: `n${n}`, jumps: way }));
    await until(() => loginsAt(bastion) - before === BEHIND_ONE_DOOR && inner.open.size === AT_ONE_DOOR);
    await until(() => vi.getTimerCount() === AT_ONE_DOOR); // of logins none is waited for any more
    vi.advanceTimersByTime(10_000);
    for (const outcome of await Promise.all(visits))
      expect(outcome).toMatch(/can't connect to the jump host .* from the jump host .* \(ETIMEDOUT\)/);
    expect(inner.taken).toBe(AT_ONE_DOOR);
  });
});
