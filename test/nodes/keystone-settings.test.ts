import { describe, expect, test } from 'vitest';
import { NodeError } from '../../nodes/node-error.js';
import { readKeystoneSettings } from '../../nodes/keystone-settings.js';
import type { Attributes, Entry, SystemFiles } from '../../nodes/repository-files.js';

const FILE: Attributes = { kind: 'file', size: 0, mode: 0o600, uid: 0, gid: 0, modifiedAt: 0 };
const PATH = '/etc/keystone/keystone.conf';

/** Files of one directory, by name; what was read is kept, to see that it was wiped. */
function node(files: Record<string, string>): SystemFiles & { handed: Buffer[] } {
  const handed: Buffer[] = [];
  const missing = () => Promise.reject(new NodeError('no-repository', 'ctl1', 'no such file'));
  return {
    node: 'ctl1',
    handed,
    attributes: (name) => (name in files ? Promise.resolve(FILE) : missing()),
    realPath: (name) => Promise.resolve(name),
    list: (directory) => {
      const names = Object.keys(files).filter((name) => name.startsWith(`${directory}/`));
      if (names.length === 0) return missing();
      return Promise.resolve(
        names.map((name): Entry => ({ ...FILE, name: name.slice(directory.length + 1) })).reverse(),
      );
    },
    read: (name) => {
      const content = files[name];
      if (content === undefined) return missing();
      const buffer = Buffer.from(content);
      handed.push(buffer);
      return Promise.resolve(buffer);
    },
  };
}

const read = (files: Record<string, string>) => readKeystoneSettings(node(files), PATH);

describe('keystone.conf', () => {
  test('that says nothing stands for Keystone’s defaults', async () => {
    expect(await read({ [PATH]: '[DEFAULT]\n' })).toEqual({
      provider: 'fernet',
      expirationMs: 3_600_000,
      allowExpiredWindowMs: 172_800_000,
      caching: true,
      maxActiveKeys: 3,
      keyRepository: '/etc/keystone/fernet-keys',
      receiptRepository: '/etc/keystone/fernet-keys',
    });
  });

  test('is read as oslo.config does: comments, both separators, the last value, sections only', async () => {
    const content = `expiration = 1
# [token]
[ldap]
expiration = 2
[token]
#expiration = 3
expiration=7200
expiration : 600
caching = False
[fernet_tokens]
  max_active_keys = 4
max_active_keys = 9
key_repository = /var/keys/
[token]
allow_expired_window = 0`;
    expect(await read({ [PATH]: content })).toMatchObject({
      expirationMs: 600_000,
      allowExpiredWindowMs: 0,
      caching: false,
      maxActiveKeys: 9,
      keyRepository: '/var/keys',
    });
  });

  test('is overlaid by the files of keystone.conf.d, in the order of their names', async () => {
    const files = {
      [PATH]: '[token]\nexpiration = 1\n',
      [`${PATH}.d/20-b.conf`]: '[token]\nexpiration = 3\n',
      [`${PATH}.d/10-a.conf`]: '[token]\nexpiration = 2\nprovider = jws\n',
      [`${PATH}.d/30-c.txt`]: '[token]\nexpiration = 4\n',
    };
    expect(await read(files)).toMatchObject({ expirationMs: 3_000, provider: 'jws' });
  });

  test('leaves nothing of its passwords: not in the answer, not in an error, not in what was read', async () => {
    const content = '[database]\nconnection = mysql://k:hunter2@h/k\n[token]\npassword = hunter2\n';
    const healthy = node({ [PATH]: content });
    expect(JSON.stringify(await readKeystoneSettings(healthy, PATH))).not.toContain('hunter2');
    const broken = node({ [PATH]: `${content}expiration = hunter2\n` });
    const error: unknown = await readKeystoneSettings(broken, PATH).catch((caught: unknown) => caught);
    expect(String(error)).toContain('[token] expiration in /etc/keystone/keystone.conf is no number');
    expect(String(error)).not.toContain('hunter2');
    for (const buffer of [...healthy.handed, ...broken.handed])
      expect(buffer.every((byte) => byte === 0)).toBe(true);
  });

  test('that is not there is an error', async () => {
    await expect(read({})).rejects.toThrow('no such file');
  });
});
