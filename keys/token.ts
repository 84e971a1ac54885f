import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { KEY_LENGTH, wipe } from './key.js';

/** Layout of a Fernet token (github.com/fernet/spec): version, time, IV, ciphertext, HMAC. */
const VERSION = 0x80;
const TIME_LENGTH = 8;
const IV_LENGTH = 16;
const BLOCK_LENGTH = 16;
const HMAC_LENGTH = 32;
const HEADER_LENGTH = 1 + TIME_LENGTH + IV_LENGTH;
/** A token from further ahead than this is refused (the specification's reference implementations). */
const MAX_CLOCK_SKEW_SECONDS = 60;

/** A token that this key did not make, or that is no token. Never carries any of its content. */
export class InvalidTokenError extends Error {
  override readonly name = 'InvalidTokenError';
}

export interface OpenedToken {
  /** To be wiped by the caller if it is secret. */
  readonly payload: Buffer;
  readonly at: Date;
}

/**
 * Makes a Fernet token, with its `=` padding.
 *
 * @param iv 16 bytes; random unless a test vector says otherwise
 */
export function sealToken(
  key: Buffer,
  payload: Buffer,
  at: Date,
  iv: Buffer = randomBytes(IV_LENGTH),
): string {
  const { signing, encryption } = halvesOf(key);
  const cipher = createCipheriv('aes-128-cbc', encryption, iv);
  const header = Buffer.alloc(1 + TIME_LENGTH);
  header[0] = VERSION;
  header.writeBigUInt64BE(BigInt(Math.floor(at.getTime() / 1000)), 1);
  const signed = Buffer.concat([header, iv, cipher.update(payload), cipher.final()]);
  const hmac = createHmac('sha256', signing).update(signed).digest();
  return encodeBase64Url(Buffer.concat([signed, hmac]));
}

/**
 * Opens a Fernet token; its padding may be missing, as Keystone strips it.
 *
 * @throws InvalidTokenError
 */
export function openToken(
  key: Buffer,
  token: string,
  options: { readonly ttlSeconds?: number; readonly now?: Date } = {},
): OpenedToken {
  const bytes = decodeBase64Url(token);
  const cipherLength = bytes.length - HEADER_LENGTH - HMAC_LENGTH;
  if (cipherLength < BLOCK_LENGTH) throw new InvalidTokenError('too short');
  if (bytes[0] !== VERSION) throw new InvalidTokenError('not of version 0x80');
  if (cipherLength % BLOCK_LENGTH !== 0)
    throw new InvalidTokenError('its ciphertext is not made of whole blocks');
  const { signing, encryption } = halvesOf(key);
  const signed = bytes.subarray(0, -HMAC_LENGTH);
  const hmac = createHmac('sha256', signing).update(signed).digest();
  if (!timingSafeEqual(hmac, bytes.subarray(-HMAC_LENGTH)))
    throw new InvalidTokenError('its signature is not by this key');

  const seconds = Number(bytes.readBigUInt64BE(1));
  checkAge(seconds, options);
  const decipher = createDecipheriv(
    'aes-128-cbc',
    encryption,
    bytes.subarray(1 + TIME_LENGTH, HEADER_LENGTH),
  );
  try {
    const payload = Buffer.concat([decipher.update(signed.subarray(HEADER_LENGTH)), decipher.final()]);
    return { payload, at: new Date(seconds * 1000) };
  } catch {
    throw new InvalidTokenError('its ciphertext has a wrong padding');
  }
}

/**
 * The same payload and time under another key, without padding, as Keystone would have made it.
 *
 * @throws InvalidTokenError when `from` did not make the token
 */
export function resealToken(token: string, from: Buffer, to: Buffer): string {
  const { payload, at } = openToken(from, token);
  try {
    return sealToken(to, payload, at).replace(/=+$/, '');
  } finally {
    wipe(payload);
  }
}

function checkAge(
  seconds: number,
  { ttlSeconds, now = new Date() }: { ttlSeconds?: number; now?: Date },
): void {
  if (ttlSeconds === undefined) return;
  const nowSeconds = now.getTime() / 1000;
  if (seconds + ttlSeconds < nowSeconds) throw new InvalidTokenError('expired');
  if (seconds > nowSeconds + MAX_CLOCK_SKEW_SECONDS) throw new InvalidTokenError('from the future');
}

function halvesOf(key: Buffer): { signing: Buffer; encryption: Buffer } {
  if (key.length !== KEY_LENGTH) throw new RangeError(`a Fernet key has ${KEY_LENGTH} bytes`);
  return { signing: key.subarray(0, KEY_LENGTH / 2), encryption: key.subarray(KEY_LENGTH / 2) };
}

function encodeBase64Url(bytes: Buffer): string {
  const text = bytes.toString('base64url');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/** Strict: Node's own decoder skips what it does not know. */
function decodeBase64Url(text: string): Buffer {
  const unpadded = text.replace(/={1,2}$/, '');
  if (text.length !== unpadded.length && text.length % 4 !== 0)
    throw new InvalidTokenError('its padding is wrong');
  if (!/^[A-Za-z0-9_-]+$/.test(unpadded) || unpadded.length % 4 === 1)
    throw new InvalidTokenError('not url-safe base64');
  const bytes = Buffer.from(unpadded, 'base64url');
  if (bytes.toString('base64url') !== unpadded) throw new InvalidTokenError('not canonical base64');
  return bytes;
}
