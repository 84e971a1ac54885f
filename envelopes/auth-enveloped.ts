/**
 * AuthEnvelopedData (RFC 5083) with AES-256-GCM (RFC 5084), its content key agreed upon with ephemeral-static ECDH on P-256
 * (RFC 5753: X9.63 with SHA-256, AES-256 key wrap). pkijs knows EnvelopedData only; the two differ in a version number, the
 * parameters of GCM, and where its tag stands, which is what this file adds.
 */
import { createHash, type webcrypto } from 'node:crypto';
import * as asn1js from 'asn1js';
import {
  ContentInfo,
  EncryptedContentInfo,
  EnvelopedData,
  KeyAgreeRecipientInfo,
  OriginatorPublicKey,
  RecipientInfo,
} from 'pkijs';
import { NONCE_LENGTH, withoutTraces, wipeBytes } from './crypto-engine.js';
import { derOf, spkiOf } from './der.js';

/** Object identifiers (RFC 5652, 5083, 5084, 5753, 3565, 5480). */
const DATA = '1.2.840.113549.1.7.1';
const AUTH_ENVELOPED_DATA = '1.2.840.113549.1.9.16.1.23';
const AES_256_GCM = '2.16.840.1.101.3.4.1.46';
const ECDH_SHA256_KDF = '1.3.132.1.11.1';
const AES_256_WRAP = '2.16.840.1.101.3.4.1.45';
const P_256 = '1.2.840.10045.3.1.7';

const VERSION = 0;
const TAG_LENGTH = 16;
/** An uncompressed point on P-256: what a subjectPublicKey holds (RFC 5480, 2.2). */
const POINT_LENGTH = 65;

/** Key pairs of recipients: ECDH on P-256. */
export const RECIPIENT_ALGORITHM = { name: 'ECDH', namedCurve: 'P-256' } as const;

/** @returns a ContentInfo in DER */
export async function encryptTo(recipient: webcrypto.CryptoKey, content: Buffer): Promise<Buffer> {
  const keyIdentifier = await keyIdentifierOf(recipient);
  return withoutTraces(async (engine) => {
    const enveloped = new EnvelopedData({ disableSplit: true });
    const parameters = { kdfAlgorithm: 'SHA-256', kekEncryptionLength: 256 };
    enveloped.addRecipientByKeyIdentifier(recipient, keyIdentifier, parameters, engine);
    const copy = new Uint8Array(content).buffer;
    try {
      await enveloped.encrypt({ name: 'AES-GCM', length: 256 }, copy, engine);
    } finally {
      wipeBytes(copy);
    }
    return derOf(authenticated(enveloped));
  });
}

/**
 * @param der of a ContentInfo, as `encryptTo` or `openssl cms -encrypt -aes-256-gcm` makes it, for one recipient
 * @returns the content, to be wiped by the caller
 * @throws whatever its parser throws, for anything else, and for content that was changed
 */
export async function decryptWith(recipient: webcrypto.CryptoKey, der: Buffer): Promise<Buffer> {
  const enveloped = enveloping(ContentInfo.fromBER(new Uint8Array(der)));
  return withoutTraces(async (engine) => {
    const content = await enveloped.decrypt(0, { recipientPrivateKey: recipient }, engine);
    return Buffer.from(content); // over the same memory
  });
}

/** RFC 5280, 4.2.1.2, method 1: SHA-1 of the point, as a name, not for security. */
async function keyIdentifierOf(recipient: webcrypto.CryptoKey): Promise<ArrayBuffer> {
  const point = (await spkiOf(recipient)).subarray(-POINT_LENGTH);
  return new Uint8Array(createHash('sha1').update(point).digest()).buffer;
}

/** From what pkijs made, nonce as parameters and the tag behind the ciphertext, to what RFC 5083 says. */
function authenticated({ encryptedContentInfo, recipientInfos }: EnvelopedData): ContentInfo {
  const { contentType, contentEncryptionAlgorithm } = encryptedContentInfo;
  const sealed = new Uint8Array(encryptedContentInfo.getEncryptedContent());
  const nonce = (contentEncryptionAlgorithm.algorithmParams as asn1js.OctetString).valueBlock.valueHexView;
  contentEncryptionAlgorithm.algorithmParams = new asn1js.Sequence({
    value: [
      new asn1js.OctetString({ valueHex: nonce.slice(0, NONCE_LENGTH) }),
      new asn1js.Integer({ value: TAG_LENGTH }),
    ],
  });
  const encrypted = new EncryptedContentInfo({
    disableSplit: true,
    contentType,
    contentEncryptionAlgorithm,
    encryptedContent: new asn1js.OctetString({ valueHex: sealed.slice(0, -TAG_LENGTH) }),
  });
  const content = new asn1js.Sequence({
    value: [
      new asn1js.Integer({ value: VERSION }),
      new asn1js.Set({ value: recipientInfos.map((recipient) => recipient.toSchema() as asn1js.BaseBlock) }),
      encrypted.toSchema(),
      new asn1js.OctetString({ valueHex: sealed.slice(-TAG_LENGTH) }),
    ],
  });
  return new ContentInfo({ contentType: AUTH_ENVELOPED_DATA, content });
}

/** The way back. Nothing but the algorithms of `encryptTo` is taken. */
function enveloping({ contentType, content }: ContentInfo): EnvelopedData {
  demand(contentType === AUTH_ENVELOPED_DATA && content instanceof asn1js.Sequence);
  const [version, recipients, encrypted, tag, ...rest] = content.valueBlock.value;
  demand(version instanceof asn1js.Integer && version.valueBlock.valueDec === VERSION && rest.length === 0);
  demand(recipients instanceof asn1js.Set && recipients.valueBlock.value.length === 1);
  demand(tag instanceof asn1js.OctetString && tag.valueBlock.valueHexView.length === TAG_LENGTH);
  const recipient = new RecipientInfo({ schema: recipients.valueBlock.value[0] });
  checkRecipient(recipient.value);
  const info = new EncryptedContentInfo({ schema: encrypted });
  demand(info.contentType === DATA && info.contentEncryptionAlgorithm.algorithmId === AES_256_GCM);
  info.contentEncryptionAlgorithm.algorithmParams = nonceOf(info.contentEncryptionAlgorithm.algorithmParams);
  const sealed = Buffer.concat([new Uint8Array(info.getEncryptedContent()), tag.valueBlock.valueHexView]);
  info.encryptedContent = new asn1js.OctetString({ valueHex: new Uint8Array(sealed) });
  return new EnvelopedData({ recipientInfos: [recipient], encryptedContentInfo: info });
}

/** GCMParameters ::= SEQUENCE { nonce OCTET STRING, ICVlen INTEGER DEFAULT 12 } (RFC 5084, 3.2) */
function nonceOf(parameters: unknown): asn1js.OctetString {
  demand(parameters instanceof asn1js.Sequence);
  const [nonce, length] = parameters.valueBlock.value;
  demand(nonce instanceof asn1js.OctetString && nonce.valueBlock.valueHexView.length === NONCE_LENGTH);
  demand(length instanceof asn1js.Integer && length.valueBlock.valueDec === TAG_LENGTH);
  return nonce;
}

function checkRecipient(recipient: unknown): void {
  demand(recipient instanceof KeyAgreeRecipientInfo);
  const { keyEncryptionAlgorithm, recipientEncryptedKeys, originator } = recipient;
  const wrap = keyEncryptionAlgorithm.algorithmParams as asn1js.Sequence;
  const [wrapAlgorithm] = wrap.valueBlock.value;
  demand(keyEncryptionAlgorithm.algorithmId === ECDH_SHA256_KDF);
  demand(wrapAlgorithm instanceof asn1js.ObjectIdentifier && wrapAlgorithm.getValue() === AES_256_WRAP);
  demand(recipientEncryptedKeys.encryptedKeys.length === 1);
  const ephemeral: unknown = originator.value;
  demand(ephemeral instanceof OriginatorPublicKey);
  // OpenSSL leaves the curve out, as RFC 5753, 3.1.1 allows: it is the recipient's.
  ephemeral.algorithm.algorithmParams = new asn1js.ObjectIdentifier({ value: P_256 });
  // It leaves out `ukm`, too. pkijs then derives from an empty one, which is another key; what is false it leaves out.
  recipient.ukm ??= false as unknown as asn1js.OctetString;
}

function demand(condition: boolean): asserts condition {
  if (!condition) throw new Error('not an envelope of ours');
}
