import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeKey, fingerprint, generateKey, MalformedKeyError, parseKey, wipe } from '../../keys/key.js';

const ENCODED = 'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=';
const keys = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));

describe('parseKey', () => {
  it('reads what Keystone writes, with and without a newline', () => {
    expect(parseKey(Buffer.from(ENCODED))).toEqual(Buffer.from(ENCODED, 'base64url'));
    expect(parseKey(Buffer.from(`${ENCODED}\n`))).toEqual(Buffer.from(ENCODED, 'base64url'));
  });

  it.each([
    ['nothing', ''],
    ['a newline alone', '\n'],
    ['no padding', ENCODED.slice(0, -1)],
    ['more padding', `${ENCODED}=`],
    ['two newlines', `${ENCODED}\n\n`],
    ['a carriage return', `${ENCODED}\r\n`],
    ['a space before', ` ${ENCODED}`],
    ['a space within', `${ENCODED.slice(0, 10)} ${ENCODED.slice(11)}`],
    ['a cut end', ENCODED.slice(0, 20)],
    ['the other base64 alphabet', ENCODED.replace('_', '/')],
    ['padding within', `${ENCODED.slice(0, 42)}==`],
    ['bits that no key has', ENCODED.replace('4=', '5=')],
    ['another last character', `${ENCODED.slice(0, 43)}A`],
    ['binary', '\0'.repeat(44)],
  ])('refuses %s', (_, content) => {
    expect(() => parseKey(Buffer.from(content))).toThrow(MalformedKeyError);
  });

  it('agrees with Node on every content that it accepts, and is never wider', () => {
    const nearKeys = fc.tuple(keys, fc.nat({ max: 44 }), fc.nat({ max: 255 })).map(([key, at, byte]) => {
      const content = Buffer.concat([encodeKey(key), Buffer.from('\n')]);
      content[at] = byte;
      return content;
    });
    fc.assert(
      fc.property(nearKeys, (content) => {
        const text = content.toString('latin1').replace(/\n$/, '');
        const decoded = Buffer.from(text, 'base64url');
        const isKey = decoded.length === 32 && `${decoded.toString('base64url')}=` === text;
        if (isKey) expect(parseKey(content)).toEqual(decoded);
        else expect(() => parseKey(content)).toThrow(MalformedKeyError);
      }),
    );
  });

  it('never repeats the content in its error', () => {
    const anything = fc.uint8Array({ minLength: 8, maxLength: 60 }).map((bytes) => Buffer.from(bytes));
    const texts = fc.stringMatching(/^[A-Za-z0-9_-]{8,60}$/).map((text) => Buffer.from(text));
    fc.assert(
      fc.property(fc.oneof(anything, texts), (content) => {
        try {
          parseKey(content);
        } catch (error) {
          expect((error as Error).message).not.toContain(content.toString('latin1'));
        }
      }),
    );
  });

  it('returns memory of its own, so that wiping one leaves the other', () => {
    const content = Buffer.from(ENCODED);
    const key = parseKey(content);
    wipe(content);
    expect(key).toEqual(Buffer.from(ENCODED, 'base64url'));
  });
});

describe('encodeKey', () => {
  it('writes 44 characters that Node writes as well, and parseKey reads back', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const encoded = encodeKey(key);
        expect(encoded.toString('ascii')).toBe(`${key.toString('base64url')}=`);
        expect(parseKey(encoded)).toEqual(key);
      }),
    );
  });
});

describe('generateKey', () => {
  it('makes 32 bytes, every time others', () => {
    const made = Array.from({ length: 100 }, () => generateKey());
    expect(made.every((key) => key.length === 32)).toBe(true);
    expect(new Set(made.map((key) => key.toString('hex'))).size).toBe(made.length);
  });
});

describe('fingerprint', () => {
  it('is the first 16 hex digits of SHA-256 over a label, a zero byte and the key', () => {
    const key = Buffer.from(ENCODED, 'base64url');
    const hash = createHash('sha256').update(
      Buffer.concat([Buffer.from('fernet-rotor/key/v1'), Buffer.of(0), key]),
    );
    expect(fingerprint(key)).toBe(hash.digest('hex').slice(0, 16));
  });
});

describe('wipe', () => {
  it('leaves nothing in any of the buffers', () => {
    const [one, two] = [generateKey(), generateKey()];
    wipe(one, two);
    expect(Buffer.concat([one, two])).toEqual(Buffer.alloc(64));
  });
});
