import { X509Certificate, webcrypto } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RECIPIENT_ALGORITHM } from '../../envelopes/auth-enveloped.js';
import { open, seal } from '../../envelopes/envelope.js';
import { runCommand } from '../../lab/commands.js';
import { fingerprint, generateKey } from '../../keys/key.js';
import { ERRAND, approvalsOf, person, type Person } from '../../lab/people.js';

/** `openssl cms` (3.0 or later), an implementation of its own of the same RFCs, both ways. */
describe('openssl', () => {
  let directory: string;
  let sender: Person;
  let fresh: webcrypto.CryptoKeyPair;
  const at = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => runCommand('openssl', args);

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'rotor-openssl-'));
    sender = await person('ctl1');
    fresh = await webcrypto.subtle.generateKey(RECIPIENT_ALGORITHM, true, ['deriveBits']);
    writeFileSync(at('sender.crt'), sender.files.certificate);
    writeFileSync(at('sender.key'), sender.files.privateKey, { mode: 0o600 });
    const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', fresh.privateKey)).toString('base64');
    writeFileSync(at('fresh.key'), `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`);
    await openssl(
      'req',
      '-x509',
      '-new',
      '-key',
      at('fresh.key'),
      '-subj',
      '/CN=ctl2',
      '-out',
      at('fresh.crt'),
    );
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('verifies and decrypts what we make', async () => {
    const key = generateKey();
    const recipient = { recipient: 'ctl2', publicKey: fresh.publicKey };
    writeFileSync(at('envelope.der'), await seal(key, ERRAND, recipient, sender.identity));
    const verifying = [
      '-verify',
      '-binary',
      '-inform',
      'DER',
      '-purpose',
      'any',
      '-CAfile',
      at('sender.crt'),
    ];
    await openssl('cms', ...verifying, '-in', at('envelope.der'), '-out', at('inner.der'));
    const decrypting = ['-decrypt', '-binary', '-inform', 'DER', '-inkey', at('fresh.key')];
    await openssl('cms', ...decrypting, '-in', at('inner.der'), '-out', at('content'));
    const content = readFileSync(at('content'));
    expect(content.subarray(-32).equals(key)).toBe(true);
    expect(JSON.parse(content.subarray(0, -33).toString())).toEqual({
      purpose: 'fernet-rotor/envelope/v1',
      ...ERRAND,
      sender: 'ctl1',
      recipient: 'ctl2',
      key: fingerprint(key),
    });
  });

  test('makes what we open', async () => {
    const key = generateKey();
    const header = {
      purpose: 'fernet-rotor/envelope/v1',
      ...ERRAND,
      sender: 'ctl1',
      recipient: 'ctl2',
      key: fingerprint(key),
    };
    writeFileSync(at('content'), Buffer.concat([Buffer.from(JSON.stringify(header)), Buffer.of(0), key]));
    const encrypting = ['-encrypt', '-binary', '-aes-256-gcm', '-outform', 'DER', '-recip', at('fresh.crt')];
    const kdf = ['-keyopt', 'ecdh_kdf_md:sha256'];
    await openssl('cms', ...encrypting, ...kdf, '-in', at('content'), '-out', at('inner.der'));
    const signing = ['-sign', '-binary', '-nodetach', '-md', 'sha256', '-outform', 'DER'];
    const signer = ['-signer', at('sender.crt'), '-inkey', at('sender.key')];
    await openssl('cms', ...signing, ...signer, '-in', at('inner.der'), '-out', at('envelope.der'));
    const opened = await open(readFileSync(at('envelope.der')), {
      errand: ERRAND,
      recipient: 'ctl2',
      freshKey: fresh.privateKey,
      approved: approvalsOf(sender),
    });
    expect(opened.key.equals(key)).toBe(true);
  });

  test('reads our identity: the same key in both files, a certificate signed by itself', async () => {
    const ofKey = await openssl('pkey', '-in', at('sender.key'), '-pubout');
    const ofCertificate = await openssl('x509', '-in', at('sender.crt'), '-noout', '-pubkey');
    expect(ofKey).toBe(ofCertificate);
    await openssl('verify', '-CAfile', at('sender.crt'), at('sender.crt'));
    expect(new X509Certificate(sender.files.certificate).subject).toBe('CN=ctl1');
  });
});
