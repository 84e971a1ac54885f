/**
 * Envelopes: one key on its way from a node that holds it to a recipient that can't read it there. The outermost layer is
 * signed by the sender's long-term key; inside, only the recipient's fresh key opens. What is inside says for whom and for
 * what it is:
 *
 *     content = header, one zero byte, the 32 bytes of the key
 *     header  = JSON in ASCII: purpose, fleet, operation, sender, recipient, key (its fingerprint)
 */
import type { webcrypto } from 'node:crypto';
import { KEY_LENGTH, fingerprint, wipe } from '../keys/key.js';
import type { Announced, Errand } from './announcement.js';
import { decryptWith, encryptTo } from './auth-enveloped.js';
import { EnvelopeError } from './envelope-error.js';
import type { Identity } from './identity.js';
import { readSigned, type ApprovedRecipients } from './recipients.js';
import { sign } from './signed.js';
import { isRecord } from './text.js';

const PURPOSE = 'fernet-rotor/envelope/v1';
const END_OF_HEADER = 0;

/** What the one who opens has. */
export interface Opening {
  readonly errand: Errand;
  /** The name of the one who opens. */
  readonly recipient: string;
  readonly freshKey: webcrypto.CryptoKey;
  readonly approved: ApprovedRecipients;
}

export interface Opened {
  /** To be wiped by the caller. */
  readonly key: Buffer;
  readonly fingerprint: string;
  readonly sender: string;
}

/**
 * Seals one key.
 *
 * @param key 32 bytes; left as they are
 * @returns a ContentInfo in DER
 */
export async function seal(
  key: Buffer,
  errand: Errand,
  { recipient, publicKey }: Announced,
  identity: Identity,
): Promise<Buffer> {
  const { fleet, operation } = errand;
  const header = {
    purpose: PURPOSE,
    fleet,
    operation,
    sender: identity.name,
    recipient,
    key: fingerprint(key),
  };
  const content = Buffer.concat([Buffer.from(JSON.stringify(header)), Buffer.of(END_OF_HEADER), key]);
  try {
    return await sign(await encryptTo(publicKey, content), identity);
  } finally {
    wipe(content);
  }
}

/**
 * Opens an envelope and checks everything that it is bound to.
 *
 * @throws EnvelopeError `envelope-forged`, `recipient-unapproved`, `key-unavailable` when it is for another fresh key,
 *   `envelope-malformed`, or `envelope-misdirected`
 */
export async function open(der: Buffer, opening: Opening): Promise<Opened> {
  const { errand, recipient, freshKey, approved } = opening;
  const { content: sealed, signer } = readSigned(der, approved, recipient, 'the envelope');
  const content = await decryptWith(freshKey, sealed).catch(() => {
    throw new EnvelopeError(
      'key-unavailable',
      recipient,
      `the envelope of ${signer.name} is not for the fresh key of this operation, which a restart or its age may have ended; it is sealed again`,
    );
  });
  try {
    return keyIn(content, errand, recipient, signer.name);
  } finally {
    wipe(content);
  }
}

/**
 * The key in what a sender has sealed.
 *
 * @param content as it was decrypted; left as it is
 * @throws EnvelopeError `envelope-malformed`, or `envelope-misdirected`
 */
export function keyIn(content: Buffer, errand: Errand, recipient: string, sender: string): Opened {
  const [header, key] = partsOf(content, recipient);
  const expected = { ...errand, purpose: PURPOSE, sender, recipient };
  for (const [field, value] of Object.entries(expected)) {
    if (header[field] !== value) throw misdirected(recipient, sender, field);
  }
  if (header.key !== fingerprint(key))
    throw new EnvelopeError(
      'envelope-malformed',
      recipient,
      `what ${sender} sealed is not the key that it names; look at that machine before anything else`,
    );
  return { key: Buffer.from(key), fingerprint: fingerprint(key), sender };
}

function partsOf(content: Buffer, recipient: string): [Record<string, unknown>, Buffer] {
  const end = content.length - KEY_LENGTH - 1;
  if (end > 0 && content[end] === END_OF_HEADER) {
    const header = parse(content.subarray(0, end));
    if (isRecord(header)) return [header, content.subarray(end + 1)];
  }
  throw new EnvelopeError(
    'envelope-malformed',
    recipient,
    'the envelope has no content of this version; run the same version of rotor everywhere',
  );
}

/** The header only; null when it is none. No byte of the key goes through here. */
function parse(header: Buffer): unknown {
  try {
    return JSON.parse(header.toString('latin1'));
  } catch {
    return null;
  }
}

function misdirected(recipient: string, sender: string, field: string): EnvelopeError {
  return new EnvelopeError(
    'envelope-misdirected',
    recipient,
    `the envelope of ${sender} is for another ${field}; it is not opened for this one, and a new one is asked for`,
  );
}
