import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PinnedHostKeys } from '../../nodes/host-keys.js';
import { KnownHosts } from '../../nodes/known-hosts.js';
import { readRepository } from '../../nodes/reading.js';
import { startNode, type NodeUnderTest } from './repository.js';

let node: NodeUnderTest;
let host: string;
let key: string;

beforeAll(async () => {
  node = await startNode();
  node.fill('0:S 1:P');
  host = `[127.0.0.1]:${node.sshd.port}`;
  key = node.sshd.hostKey;
});
afterAll(() => node.stop());

const OTHER = `ssh-ed25519 ${Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from('ssh-ed25519'), Buffer.from([0, 0, 0, 32]), Buffer.alloc(32, 1)]).toString('base64')}`;

async function visitWith(...lines: string[]): Promise<unknown> {
  writeFileSync(node.address.knownHosts, `${lines.join('\n')}\n`);
  return node.visit(readRepository);
}

function hashed(name: string): string {
  const salt = Buffer.alloc(20, 3);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

describe('pinned host keys', () => {
  test('a pinned key is accepted: plain, hashed, among patterns, after a comment', async () => {
    await expect(visitWith(`${host} ${key}`)).resolves.toBeDefined();
    await expect(visitWith('# comment', '', `${hashed(host)} ${key}`)).resolves.toBeDefined();
    await expect(visitWith(`other,${host} ${key}`)).resolves.toBeDefined();
    await expect(visitWith(`${host} ${OTHER}`, `${host} ${key}`)).resolves.toBeDefined();
  });

  test('patterns are as in OpenSSH, and many stars take no longer', async () => {
    const [first] = host.split(':');
    await expect(visitWith(`${first!.slice(0, 4)}*:????? ${key}`)).resolves.toBeDefined();
    await expect(visitWith(`${'*'.repeat(300)}x ${key}`)).rejects.toMatchObject({ code: 'host-key-unknown' });
    const stars = PinnedHostKeys.of(
      { node: 'ctl1', address: 'a'.repeat(255), port: 22, knownHosts: 'known_hosts' },
      new KnownHosts(`${'*a'.repeat(60)}b ${key}`),
    );
    expect(stars.types).toEqual([]);
  });

  test('an unknown key is refused with its fingerprint and the way to pin it', async () => {
    const attempt = visitWith(`[127.0.0.1]:1 ${key}`);
    await expect(attempt).rejects.toMatchObject({ code: 'host-key-unknown' });
    await expect(attempt).rejects.toThrow(/SHA256:.*ssh-keyscan -p \d+ 127\.0\.0\.1/);
  });

  test('a negated pattern and the line of an authority pin nothing', async () => {
    await expect(visitWith(`*,!${host} ${key}`)).rejects.toMatchObject({ code: 'host-key-unknown' });
    await expect(visitWith(`@cert-authority ${host} ${key}`)).rejects.toMatchObject({
      code: 'host-key-unknown',
    });
  });

  test('another key than the pinned one is refused with file, line and the way to replace it', async () => {
    const attempt = visitWith('# first line', `${host} ${OTHER}`);
    await expect(attempt).rejects.toMatchObject({ code: 'host-key-changed' });
    await expect(attempt).rejects.toThrow(/line 2 of .*known_hosts.*ssh-keygen -R/);
  });

  test('a revoked key is refused even where it is pinned', async () => {
    await expect(visitWith(`@revoked ${host} ${key}`, `${host} ${key}`)).rejects.toMatchObject({
      code: 'host-key-changed',
    });
  });

  test('a missing known_hosts file is an unknown host key', async () => {
    const address = { ...node.address, knownHosts: join(dirname(node.address.knownHosts), 'none') };
    await expect(node.connections.use(address, readRepository)).rejects.toMatchObject({
      code: 'host-key-unknown',
    });
  });

  test('a node that is not there is unreachable, and one that refuses our key says so', async () => {
    writeFileSync(node.address.knownHosts, `[127.0.0.1]:1 ${key}\n${host} ${key}\n`);
    await expect(node.connections.use({ ...node.address, port: 1 }, readRepository)).rejects.toMatchObject({
      code: 'unreachable',
    });
    await expect(
      node.connections.use({ ...node.address, user: 'nobody-here' }, readRepository),
    ).rejects.toMatchObject({
      code: 'authentication',
    });
  });
});
