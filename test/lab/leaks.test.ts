import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { keysIn, searchForKeys } from '../../lab/leaks.js';

const directory = mkdtempSync(join(tmpdir(), 'rotor-leaks-'));
afterAll(() => rmSync(directory, { recursive: true }));

const bytesFrom = (seed: string) => createHash('sha256').update(seed).digest();
// Bytes that the two base64 alphabets write differently.
const key = Buffer.concat([
  Buffer.from('fbff', 'hex'),
  bytesFrom('key').subarray(0, 28),
  Buffer.from('fbff', 'hex'),
]);
const [signing, encryption] = [key.subarray(0, 16), key.subarray(16)];

function fileWith(content: Buffer | string): string {
  const file = join(directory, 'searched');
  const noise = bytesFrom('noise');
  writeFileSync(file, Buffer.concat([noise, Buffer.from(content as Buffer), noise]));
  return file;
}

const planted: [string, Buffer | string][] = [
  ['whole, raw', key],
  ['whole, base64url', key.toString('base64url')],
  ['whole, base64', key.toString('base64')],
  ['whole, hex', key.toString('hex')],
  ['whole, upper-case hex', key.toString('hex').toUpperCase()],
  ['whole, UTF-16 of base64url', Buffer.from(key.toString('base64url'), 'utf16le')],
  ['first half, raw', signing],
  ['first half, base64url', signing.toString('base64url')],
  ['second half, base64', encryption.toString('base64')],
  ['second half, hex', encryption.toString('hex')],
];

describe('the search for keys', () => {
  it.each(planted)('finds a key written as: %s', (form, content) => {
    const found = searchForKeys([fileWith(content)], [bytesFrom('another key'), key]);

    expect(found).toContainEqual(expect.objectContaining({ form, key: 1, offset: 32 }));
    expect(found.every((leak) => leak.key === 1)).toBe(true);
  });

  it('finds nothing in a file without a key', () => {
    expect(searchForKeys([fileWith('primary 4, staged 0')], [key])).toEqual([]);
  });

  it('takes the keys to look for from a repository', () => {
    const repository = join(directory, 'fernet-keys');
    mkdirSync(repository);
    writeFileSync(join(repository, '0'), `${key.toString('base64url')}=\n`);
    writeFileSync(join(repository, 'README'), 'not a key');

    expect(keysIn(repository)).toEqual([key]);
  });
});
