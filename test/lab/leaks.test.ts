import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { KeyCollector } from '../../lab/leaks/collector.js';
import { database, filesUnder } from '../../lab/leaks/places.js';
import { keysIn, searchForKeys } from '../../lab/leaks/search.js';
import { keystonePython } from '../../lab/tools.js';

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
const text = key.toString('base64url');

const everyByte = (write: (byte: number) => string) => [...key].map(write).join('');
const hexOf = (byte: number) => byte.toString(16).padStart(2, '0');

/** A ZIP archive of one entry, without its directory. */
function zipped(content: string): Buffer {
  const header = Buffer.alloc(30);
  header.write('PK\u0003\u0004', 'latin1');
  header.writeUInt16LE(4, 26);
  return Buffer.concat([header, Buffer.from('file'), deflateRawSync(content)]);
}

const planted: [string, Buffer | string][] = [
  ['whole, raw', key],
  ['whole, base64url', text],
  ['whole, base64', key.toString('base64')],
  ['whole, hex', key.toString('hex')],
  ['whole, upper-case hex', key.toString('hex').toUpperCase()],
  ['first half, raw', signing],
  ['first half, base64url', signing.toString('base64url')],
  ['second half, base64', encryption.toString('base64')],
  ['second half, hex', encryption.toString('hex')],
  ['whole, base64url in UTF-16', Buffer.from(text, 'utf16le')],
  ['whole, base64url in UTF-16', Buffer.from(text, 'utf16le').swap16()],
  ['whole, base64 in lines', key.toString('base64').replace(/.{20}/g, '$&\r\n')],
  ['whole, hex in lines', JSON.stringify(key.toString('hex').replace(/.{16}/g, '$&\n'))],
  ['whole, raw in JSON or C escapes', everyByte((byte) => `\\u00${hexOf(byte)}`)],
  ['whole, raw in JSON or C escapes', everyByte((byte) => `\\x${hexOf(byte)}`)],
  ['whole, base64 in JSON or C escapes', key.toString('base64').replaceAll('/', '\\/')],
  ['whole, raw in percent escapes', everyByte((byte) => `%${hexOf(byte)}`)],
  ['whole, base64 in percent escapes', encodeURIComponent(key.toString('base64'))],
  ['whole, base64url in base64', Buffer.from(`{"key":"${text}"}`).toString('base64')],
  ['whole, base64url in base64', Buffer.from(`{ "key":"${text}"}`).toString('base64')],
  ['whole, base64url in gzip', gzipSync(`{"key":"${text}"}`)],
  ['whole, raw in zlib', deflateSync(key)],
  ['whole, hex in zip', zipped(key.toString('hex'))],
  ['whole, hex in gzip in base64', gzipSync(key.toString('hex')).toString('base64')],
];

function surrounded(content: Buffer | string): Buffer {
  const noise = Buffer.from(`${bytesFrom('noise').toString('latin1')}"`, 'latin1');
  return Buffer.concat([noise, Buffer.from(content as Buffer), noise]);
}

const search = (content: Buffer) =>
  searchForKeys([{ name: 'a place', content }], [bytesFrom('another key'), key]);

describe('the search for keys', () => {
  it.each(planted)('finds a key written as: %s', (form, content) => {
    const found = search(surrounded(content));

    expect(found).toContainEqual(expect.objectContaining({ form, key: 1, place: 'a place' }));
    expect(found.every((leak) => leak.key === 1)).toBe(true);
  });

  it('says where', () => {
    expect(search(surrounded(key))).toContainEqual(
      expect.objectContaining({ form: 'whole, raw', offset: 33 }),
    );
  });

  it('finds nothing where there is no key', () => {
    expect(search(Buffer.from('primary 4, staged 0'))).toEqual([]);
  });
});

describe('where keys are looked for', () => {
  it('takes the keys from a repository, whenever they stand there', () => {
    const repository = join(directory, 'fernet-keys');
    const collector = new KeyCollector([repository]);
    mkdirSync(repository);
    writeFileSync(join(repository, '0'), `${text}=\n`);
    writeFileSync(join(repository, 'README'), 'not a key');

    expect(keysIn(repository)).toEqual([key]);
    expect(collector.stop()).toEqual([key]);
  });

  it('reads all files under a directory but the excepted ones', () => {
    const place = join(directory, 'files');
    mkdirSync(join(place, 'deep', 'down'), { recursive: true });
    mkdirSync(join(place, 'fernet-keys'));
    writeFileSync(join(place, 'deep', 'down', 'core'), key);
    writeFileSync(join(place, 'fernet-keys', '0'), `${text}=`);

    const found = searchForKeys(filesUnder([place], [join(place, 'fernet-keys')]), [key]);
    expect(new Set(found.map((leak) => leak.place))).toEqual(new Set([join(place, 'deep', 'down', 'core')]));
  });

  it('finds a key in a database that is cut by the end of a page', async () => {
    const file = join(directory, 'temporal.db');
    const script = `
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute('CREATE TABLE history (blob)')
for before in range(0, 8000, 16):
    connection.execute('INSERT INTO history VALUES (?)', (b'x' * before + bytes.fromhex(sys.argv[2]) + b'y' * (8000 - before),))
connection.commit()
`;
    execFileSync(keystonePython, ['-c', script, file, key.toString('hex')]);
    const whole = (place: string) =>
      found.filter((leak) => leak.form === 'whole, raw' && leak.place === place).length;

    const found = searchForKeys(await database(file), [key]);
    expect(whole(`${file}, rows`)).toBe(500);
    expect(whole(file)).toBeLessThan(500);
  });
});
