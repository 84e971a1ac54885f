import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCanary } from '../../keys/canary.js';
import { encodeKey, generateKey, parseKey } from '../../keys/key.js';
import { InvalidTokenError, openToken, resealToken, sealToken } from '../../keys/token.js';
import { openWithFernetPackage, sealWithFernetPackage } from './fernet-package.js';
import { openWithPython, sealWithPython } from './python-fernet.js';

/** The specification's own vectors (github.com/fernet/spec). */
interface Vector {
  readonly desc?: string;
  readonly token: string;
  readonly now: string;
  readonly ttl_sec?: number;
  readonly iv?: readonly number[];
  readonly src?: string;
  readonly secret: string;
}

const vectors = (name: string) =>
  JSON.parse(readFileSync(new URL(`vectors/${name}.json`, import.meta.url), 'utf8')) as Vector[];
const keyOf = (encoded: string) => parseKey(Buffer.from(encoded));
const textOf = (key: Buffer) => encodeKey(key).toString('ascii');

/** Text of two or four bytes a letter, no byte that is no text, and as long as it takes to need several blocks. */
const PAYLOAD = Buffer.from('payload with é and 🔑, longer than one block');
/** Every byte value, as msgpack has them. */
const BINARY = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const AT = new Date('2026-02-03T04:05:06Z');
const keys = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const payloads = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));

describe("the specification's vectors", () => {
  it.each(vectors('generate'))('makes $token', ({ token, now, iv, src, secret }) => {
    expect(sealToken(keyOf(secret), Buffer.from(src!), new Date(now), Buffer.from(iv!))).toBe(token);
  });

  it.each(vectors('verify'))('opens $token', ({ token, now, ttl_sec, src, secret }) => {
    const opened = openToken(keyOf(secret), token, { ttlSeconds: ttl_sec!, now: new Date(now) });
    expect(opened.payload.toString()).toBe(src);
  });

  it.each(vectors('invalid'))('refuses: $desc', ({ token, now, ttl_sec, secret }) => {
    expect(() => openToken(keyOf(secret), token, { ttlSeconds: ttl_sec!, now: new Date(now) })).toThrow(
      InvalidTokenError,
    );
  });
});

describe('other implementations', () => {
  const key = generateKey();

  it('the npm package opens our tokens and we open its own', () => {
    expect(openWithFernetPackage(textOf(key), sealToken(key, PAYLOAD, AT))).toBe(PAYLOAD.toString());
    const theirs = openToken(key, sealWithFernetPackage(textOf(key), PAYLOAD.toString(), AT));
    expect(theirs).toEqual({ payload: PAYLOAD, at: AT });
  });

  it("Python's cryptography opens our tokens and we open its own", async () => {
    const opened = await openWithPython(textOf(key), sealToken(key, BINARY, AT));
    expect(opened).toEqual({ payload: BINARY, at: AT });
    expect(openToken(key, await sealWithPython(textOf(key), BINARY, AT))).toEqual({
      payload: BINARY,
      at: AT,
    });
  });
});

describe('openToken', () => {
  it('opens what sealToken made, with and without padding', () => {
    fc.assert(
      fc.property(keys, payloads, (key, payload) => {
        const token = sealToken(key, payload, AT);
        expect(openToken(key, token)).toEqual({ payload, at: AT });
        expect(openToken(key, token.replace(/=+$/, ''))).toEqual({ payload, at: AT });
      }),
    );
  });

  it('refuses a token with any one character changed', () => {
    const key = generateKey();
    const token = sealToken(key, PAYLOAD, AT);
    for (let position = 0; position < token.length; position++) {
      const other = token[position] === 'A' ? 'B' : 'A';
      const changed = token.slice(0, position) + other + token.slice(position + 1);
      expect(() => openToken(key, changed), `at ${position}`).toThrow(InvalidTokenError);
    }
  });

  it('refuses a token of another key', () => {
    expect(() => openToken(generateKey(), sealToken(generateKey(), PAYLOAD, AT))).toThrow(InvalidTokenError);
  });

  it('refuses every other text with the same error, which does not repeat it', () => {
    const key = generateKey();
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ minLength: 8 }), fc.base64String({ minLength: 8, maxLength: 300 })),
        (text) => {
          const attempt = () => openToken(key, text);
          expect(attempt).toThrow(InvalidTokenError);
          expect(attempt).not.toThrow(text);
        },
      ),
    );
  });

  it('refuses partial padding, spaces and newlines around a token', () => {
    const key = generateKey();
    const token = sealToken(key, PAYLOAD, AT);
    for (const text of [` ${token}`, `${token}\n`, `${token}=`, `${token}====`]) {
      expect(() => openToken(key, text)).toThrow(InvalidTokenError);
    }
  });
});

describe('resealToken', () => {
  it('keeps payload and time, changes the key, and strips the padding as Keystone does', () => {
    fc.assert(
      fc.property(keys, keys, payloads, (from, to, payload) => {
        const resealed = resealToken(sealToken(from, payload, AT), from, to);
        expect(resealed).not.toContain('=');
        expect(openToken(to, resealed)).toEqual({ payload, at: AT });
      }),
    );
  });

  it('refuses a token that its key did not make', () => {
    const [key, other] = [generateKey(), generateKey()];
    expect(() => resealToken(sealToken(key, PAYLOAD, AT), other, key)).toThrow(InvalidTokenError);
  });
});

describe('makeCanary', () => {
  it('makes a token of the right form under a key that nobody has, another one every time', () => {
    const canary = makeCanary();
    const bytes = Buffer.from(canary, 'base64url');
    expect(canary).toMatch(/^gAAAAA[A-Za-z0-9_-]+$/);
    expect((bytes.length - 57) % 16).toBe(0);
    expect(makeCanary()).not.toBe(canary);
  });
});
