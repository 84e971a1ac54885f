/** One key, written in every way that the search has to see through. */
import { createHash } from 'node:crypto';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

export const bytesFrom = (seed: string) => createHash('sha256').update(seed).digest();
// Bytes that the two base64 alphabets write differently.
export const key = Buffer.concat([
  Buffer.from('fbff', 'hex'),
  bytesFrom('key').subarray(0, 28),
  Buffer.from('fbff', 'hex'),
]);
const [signing, encryption] = [key.subarray(0, 16), key.subarray(16)];
export const text = key.toString('base64url');

const everyByte = (write: (byte: number) => string) => [...key].map(write).join('');
const hexOf = (byte: number) => byte.toString(16).padStart(2, '0');

/** A ZIP archive of one entry, without its directory. */
function zipped(content: string): Buffer {
  const header = Buffer.alloc(30);
  header.write('PK\u0003\u0004', 'latin1');
  header.writeUInt16LE(4, 26);
  return Buffer.concat([header, Buffer.from('file'), deflateRawSync(content)]);
}

/** What the search calls the form, and the form. */
export const planted: readonly [string, Buffer | string][] = [
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

export function surrounded(content: Buffer | string): Buffer {
  const noise = Buffer.from(`${bytesFrom('noise').toString('latin1')}"`, 'latin1');
  return Buffer.concat([noise, Buffer.from(content as Buffer), noise]);
}
