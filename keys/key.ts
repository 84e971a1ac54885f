import { createHash, randomFillSync } from 'node:crypto';

/** A Fernet key is 32 bytes: 16 to sign and 16 to encrypt (github.com/fernet/spec). */
export const KEY_LENGTH = 32;
/** As Keystone writes it: url-safe base64 with its padding. */
const ENCODED_LENGTH = 44;

const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', 'ascii');
const NEWLINE = 0x0a;
const PADDING = 0x3d;

/** The content of a file is not a key. The message says in what way, and never what stood there. */
export class MalformedKeyError extends Error {
  override readonly name = 'MalformedKeyError';
}

/**
 * Reads the content of a key file: 44 characters of url-safe base64 with padding, and at most one newline after them.
 * Keystone fails every token operation on anything else (keystone/common/fernet_utils.py). The bytes never become a
 * string, which could not be wiped.
 *
 * @returns 32 bytes, to be wiped by the caller
 * @throws MalformedKeyError
 */
export function parseKey(content: Buffer): Buffer {
  const end = content.at(-1) === NEWLINE ? content.length - 1 : content.length;
  if (end !== ENCODED_LENGTH)
    throw new MalformedKeyError(`a key has ${ENCODED_LENGTH} characters, this has ${end}`);
  if (content[end - 1] !== PADDING) throw new MalformedKeyError('a key ends in `=`');
  const key = secretBuffer(KEY_LENGTH);
  let bits = 0;
  let bitCount = 0;
  let length = 0;
  for (const character of content.subarray(0, ENCODED_LENGTH - 1)) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) {
      wipe(key);
      throw new MalformedKeyError('a key has only letters, digits, `-` and `_`');
    }
    bits = ((bits << 6) | value) & 0xffff;
    bitCount += 6;
    if (bitCount >= 8) {
      bitCount -= 8;
      key[length++] = (bits >> bitCount) & 0xff;
    }
  }
  if ((bits & ((1 << bitCount) - 1)) !== 0) {
    wipe(key);
    throw new MalformedKeyError('its last character carries bits that no key has');
  }
  return key;
}

/** The content of a key file as Keystone writes it, 44 bytes, without a newline. To be wiped by the caller. */
export function encodeKey(key: Buffer): Buffer {
  const encoded = secretBuffer(ENCODED_LENGTH).fill(PADDING);
  for (let position = 0; position < ENCODED_LENGTH - 1; position++) {
    const bit = position * 6;
    const pair = (key[bit >> 3]! << 8) | (key[(bit >> 3) + 1] ?? 0);
    encoded[position] = ALPHABET[(pair >> (10 - (bit & 7))) & 0x3f]!;
  }
  return encoded;
}

/** A new key from the system's cryptographic generator. To be wiped by the caller. */
export function generateKey(): Buffer {
  return randomFillSync(secretBuffer(KEY_LENGTH));
}

/**
 * What a key is called everywhere: the first 16 hex digits of SHA-256 over `fernet-rotor/key/v1`, a zero byte, and the
 * 32 bytes.
 */
export function fingerprint(key: Buffer): string {
  return createHash('sha256').update('fernet-rotor/key/v1\0', 'ascii').update(key).digest('hex').slice(0, 16);
}

/**
 * Zeros, outside of the engine's heap: small buffers of `Buffer.alloc` are inside of it, and whenever its garbage collector moves
 * them, a copy stays behind that nobody can wipe.
 */
export function secretBuffer(length: number): Buffer {
  return Buffer.from(new ArrayBuffer(length));
}

/** Overwrites buffers that held a key. */
export function wipe(...buffers: readonly Buffer[]): void {
  for (const buffer of buffers) buffer.fill(0);
}
