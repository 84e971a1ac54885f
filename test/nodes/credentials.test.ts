import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../../lab/commands.js';
import { startProcess } from '../../lab/processes.js';
import { ensureKey, startSshd } from '../../lab/sshd.js';
import { NodeConnections } from '../../nodes/connections.js';
import { readRepository } from '../../nodes/reading.js';
import type { NodeAddress } from '../../nodes/session.js';
import { startNode, type NodeUnderTest } from './repository.js';

let node: NodeUnderTest;
let directory: string;
const connections = new NodeConnections(10);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rotor-credentials-'));
  node = await startNode();
  node.fill('0:S 1:P');
});
afterEach(() => connections.close());
afterAll(async () => {
  await node.stop();
  rmSync(directory, { recursive: true });
});

/** @returns what a visit over a new connection ends with */
async function visitWith(identityFile: string, change: Partial<NodeAddress> = {}): Promise<string> {
  await connections.close();
  return connections
    .use({ ...node.address, identityFile, ...change }, readRepository)
    .then(() => 'read', String);
}

async function keygen(file: string, ...options: string[]): Promise<string> {
  await runCommand('ssh-keygen', ['-q', '-f', file, ...options]);
  return file;
}

describe('the identity file', () => {
  test('another one under the same name is noticed, and so is the first one again', async () => {
    const file = join(directory, 'id');
    const stranger = join(directory, 'stranger');
    await ensureKey(stranger);
    copyFileSync(node.sshd.identityFile, file);
    expect(await visitWith(file)).toBe('read');
    copyFileSync(stranger, file);
    expect(await visitWith(file)).toContain(`refuses the key of ${file}`);
    copyFileSync(node.sshd.identityFile, file);
    expect(await visitWith(file)).toBe('read');
  });

  test('one of RSA', async () => {
    const identityFile = await keygen(join(directory, 'id_rsa'), '-t', 'rsa', '-b', '2048', '-N', '');
    const sshd = await startSshd({ directory: join(directory, 'rsa'), identityFile });
    const knownHosts = join(directory, 'known_hosts');
    writeFileSync(knownHosts, `${sshd.knownHostsLine}\n`);
    expect(await visitWith(identityFile, { port: sshd.port, knownHosts })).toBe('read');
    await sshd.stop();
  });

  test('one that can not be used says so: a public key, one with a passphrase, anything else', async () => {
    const locked = await keygen(join(directory, 'locked'), '-t', 'ed25519', '-N', 'a passphrase');
    const text = join(directory, 'text');
    writeFileSync(text, 'hello\n');
    for (const file of [`${node.sshd.identityFile}.pub`, locked, text])
      expect(await visitWith(file)).toContain(`${file} is no private key without a passphrase`);
  });
});

test('where there is no identity file the agent is asked', async () => {
  const socket = join(directory, 'agent');
  const agent = await startProcess({
    program: 'ssh-agent',
    args: ['-D', '-a', socket],
    log: join(directory, 'agent.log'),
    isReady: () => Promise.resolve(existsSync(socket)),
  });
  const missing = join(directory, 'missing');
  try {
    process.env.SSH_AUTH_SOCK = socket;
    expect(await visitWith(missing)).toContain(`refuses the key of ${missing}`);
    await runCommand('ssh-add', ['-q', node.sshd.identityFile]);
    expect(await visitWith(missing)).toBe('read');
  } finally {
    delete process.env.SSH_AUTH_SOCK;
    await agent.stop();
  }
  expect(await visitWith(missing)).toContain('no agent is running');
});
