/** Announcements: a recipient's fresh public key for one operation, signed with its long-term key. */
import { webcrypto } from 'node:crypto';
import { RECIPIENT_ALGORITHM } from './auth-enveloped.js';
import { spkiOf } from './der.js';
import { EnvelopeError } from './envelope-error.js';
import type { Identity } from './identity.js';
import { readSigned, type ApprovedRecipients } from './recipients.js';
import { sign } from './signed.js';
import { isRecord } from './text.js';

const PURPOSE = 'fernet-rotor/announcement/v1';

/** What a fresh key is for. */
export interface Errand {
  readonly fleet: string;
  /** Which operation, as it names itself in locks. */
  readonly operation: string;
}

/** A fresh key of somebody who was approved. */
export interface Announced {
  readonly recipient: string;
  readonly publicKey: webcrypto.CryptoKey;
}

/** @returns a ContentInfo in DER */
export async function announce(
  errand: Errand,
  publicKey: webcrypto.CryptoKey,
  identity: Identity,
): Promise<Buffer> {
  const { fleet, operation } = errand;
  const spki = (await spkiOf(publicKey)).toString('base64');
  const content = { purpose: PURPOSE, fleet, operation, recipient: identity.name, publicKey: spki };
  return sign(Buffer.from(JSON.stringify(content)), identity);
}

/**
 * @param reader who is to seal something, for messages
 * @throws EnvelopeError `envelope-malformed`, `envelope-forged`, `recipient-unapproved`, or `envelope-misdirected` when it was
 *   made for another operation
 */
export async function readAnnouncement(
  der: Buffer,
  errand: Errand,
  approved: ApprovedRecipients,
  reader: string,
): Promise<Announced> {
  const { content, signer } = readSigned(der, approved, reader, 'the announcement of a fresh key');
  return announcedIn(content, errand, signer.name, reader);
}

/**
 * The fresh key in what somebody has signed.
 *
 * @throws EnvelopeError `envelope-malformed`, or `envelope-misdirected`
 */
export async function announcedIn(
  content: Buffer,
  errand: Errand,
  signer: string,
  reader: string,
): Promise<Announced> {
  const { publicKey, ...said } = parse(content, reader);
  const { fleet, operation } = errand;
  const isOurs =
    said.fleet === fleet &&
    said.operation === operation &&
    said.recipient === signer &&
    said.purpose === PURPOSE;
  if (!isOurs)
    throw new EnvelopeError(
      'envelope-misdirected',
      reader,
      `the fresh key of ${signer} was announced for something else than ${operation} of fleet ${fleet}; nothing is sealed to it, and a new one is asked for`,
    );
  return { recipient: signer, publicKey: await importKey(publicKey, reader) };
}

function parse(content: Buffer, reader: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(content.toString('utf8'));
    if (isRecord(parsed)) return parsed;
  } catch {
    // said below
  }
  throw malformed(reader);
}

async function importKey(text: unknown, reader: string): Promise<webcrypto.CryptoKey> {
  try {
    const spki = Buffer.from(text as string, 'base64');
    return await webcrypto.subtle.importKey('spki', spki, RECIPIENT_ALGORITHM, true, []);
  } catch {
    throw malformed(reader);
  }
}

function malformed(reader: string): EnvelopeError {
  return new EnvelopeError(
    'envelope-malformed',
    reader,
    'the announcement of a fresh key is not one of this version; run the same version of rotor everywhere',
  );
}
