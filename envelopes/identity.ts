/**
 * The long-term identity of a worker or pull node: a key pair that signs and does nothing else, and a certificate that carries
 * its name and public half. Nobody trusts one that it signed itself: an operator approves the fingerprint of its key. A
 * certificate of the operator's CA may take its place.
 */
import { X509Certificate, createHash, createPrivateKey, webcrypto, type KeyObject } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import * as asn1js from 'asn1js';
import {
  AltName,
  Attribute,
  AttributeTypeAndValue,
  Certificate,
  CertificationRequest,
  Extension,
  Extensions,
  GeneralName,
} from 'pkijs';
import { ENGINE } from './crypto-engine.js';
import { EnvelopeError } from './envelope-error.js';

/** Signing keys: ECDSA on P-256 with SHA-256. */
export const SIGNATURE_HASH = 'SHA-256';
const SIGNING_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const CURVE = 'prime256v1';

const COMMON_NAME = '2.5.4.3';
/** RFC 5280, 4.2.1.3 and 4.2.1.6; RFC 2985, 5.4.2. */
export const KEY_USAGE = '2.5.29.15';
export const SUBJECT_ALT_NAME = '2.5.29.17';
const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
/** The first bit of KeyUsage. */
export const DIGITAL_SIGNATURE = 0x80;
/** A GeneralName that is a dNSName. */
export const DNS_NAME = 2;
const CERTIFICATE_V3 = 2;
const SERIAL_LENGTH = 16;
/** RFC 5280, 4.1.2.5: a certificate without a good end. Identities end by an operator's word, not by a date. */
const NO_END = '9999-12-31T23:59:59Z';

export interface Identity {
  readonly name: string;
  readonly fingerprint: string;
  readonly certificate: Certificate;
  readonly x509: X509Certificate;
  readonly privateKey: webcrypto.CryptoKey;
}

/** An identity as its two files hold it. */
export interface IdentityFiles {
  /** PKCS #8 in PEM. */
  readonly privateKey: string;
  /** X.509 in PEM. */
  readonly certificate: string;
}

/** Makes a new key pair and its certificate. */
export async function makeIdentity(name: string, now: Date): Promise<IdentityFiles> {
  const pair = await webcrypto.subtle.generateKey(SIGNING_ALGORITHM, true, ['sign', 'verify']);
  const certificate = new Certificate();
  certificate.version = CERTIFICATE_V3;
  certificate.serialNumber = new asn1js.Integer({ valueHex: positive(randomBytes(SERIAL_LENGTH)) });
  for (const subject of [certificate.subject, certificate.issuer]) {
    const value = new asn1js.Utf8String({ value: name });
    subject.typesAndValues.push(new AttributeTypeAndValue({ type: COMMON_NAME, value }));
  }
  certificate.notBefore.value = now;
  certificate.notAfter.type = 1; // GeneralizedTime, as RFC 5280 wants from 2050 on
  certificate.notAfter.value = new Date(NO_END);
  await certificate.subjectPublicKeyInfo.importKey(pair.publicKey, ENGINE);
  await certificate.sign(pair.privateKey, SIGNATURE_HASH, ENGINE);
  return {
    privateKey: pemOf('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', pair.privateKey)),
    certificate: pemOf('CERTIFICATE', certificate.toSchema().toBER()),
  };
}

/**
 * @param where the files are, for the message
 * @throws EnvelopeError `identity-missing` when they are not a pair of ours
 */
export async function readIdentity(files: IdentityFiles, where: string): Promise<Identity> {
  try {
    const certificate = new X509Certificate(files.certificate);
    const privateKey = createPrivateKey(files.privateKey);
    if (!certificate.checkPrivateKey(privateKey)) throw new Error('not a pair');
    const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
    return {
      name: nameOf(certificate),
      fingerprint: fingerprintOf(certificate.publicKey),
      x509: certificate,
      certificate: Certificate.fromBER(new Uint8Array(certificate.raw)),
      privateKey: await webcrypto.subtle
        .importKey('pkcs8', pkcs8, SIGNING_ALGORITHM, false, ['sign'])
        .finally(() => pkcs8.fill(0)),
    };
  } catch {
    throw new EnvelopeError(
      'identity-missing',
      where,
      'these are not a private key and its certificate as `rotor recipient new` writes them; make new ones, and approve them',
    );
  }
}

export interface Returned {
  readonly name: string;
  readonly fingerprint: string;
  readonly x509: X509Certificate;
  readonly term: Term;
}

/** From when until when a certificate counts, by its own word; ISO 8601, UTC. */
export interface Term {
  readonly startsAt: string;
  readonly endsAt: string;
}

/** A certificate that somebody made; null when it is none of a recipient. Who signed it is not looked at. */
export function readReturned(pem: string): Returned | null {
  try {
    const x509 = new X509Certificate(pem);
    return { x509, name: nameOf(x509), fingerprint: fingerprintOf(x509.publicKey), term: termOf(x509) };
  } catch {
    return null;
  }
}

/** The one common name in a certificate of a key of the right kind. */
export function nameOf(certificate: X509Certificate): string {
  const [commonName, ...others] = certificate.subject.split('\n').filter((part) => part.startsWith('CN='));
  const [, name] = /^CN=([A-Za-z0-9._-]{1,100})$/.exec(commonName ?? '') ?? [];
  const { asymmetricKeyDetails } = certificate.publicKey;
  if (name === undefined || others.length > 0 || asymmetricKeyDetails?.namedCurve !== CURVE)
    throw new Error('not of ours');
  return name;
}

/** @throws RangeError when its dates are none */
export function termOf({ validFrom, validTo }: X509Certificate): Term {
  return { startsAt: new Date(validFrom).toISOString(), endsAt: new Date(validTo).toISOString() };
}

export function isSignedByItself(certificate: X509Certificate): boolean {
  return certificate.issuer === certificate.subject && certificate.verify(certificate.publicKey);
}

/** What an operator approves: SHA-256 over the SubjectPublicKeyInfo, in hex. */
export function fingerprintOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/**
 * A certificate signing request (PKCS #10, RFC 2986) for the name and key that an identity has.
 *
 * @returns PEM
 */
export async function requestCertificate({ name, certificate, privateKey }: Identity): Promise<string> {
  const request = new CertificationRequest();
  const commonName = new asn1js.Utf8String({ value: name });
  request.subject.typesAndValues.push(new AttributeTypeAndValue({ type: COMMON_NAME, value: commonName }));
  request.subjectPublicKeyInfo = certificate.subjectPublicKeyInfo;
  const names = new AltName({ altNames: [new GeneralName({ type: DNS_NAME, value: name })] });
  const usage = new asn1js.BitString({ valueHex: new Uint8Array([DIGITAL_SIGNATURE]), unusedBits: 7 });
  const extensions = new Extensions({
    extensions: [
      new Extension({ extnID: SUBJECT_ALT_NAME, extnValue: names.toSchema().toBER() }),
      new Extension({ extnID: KEY_USAGE, critical: true, extnValue: usage.toBER() }),
    ],
  });
  request.attributes = [new Attribute({ type: EXTENSION_REQUEST, values: [extensions.toSchema()] })];
  await request.sign(privateKey, SIGNATURE_HASH, ENGINE);
  return pemOf('CERTIFICATE REQUEST', request.toSchema().toBER());
}

export function pemOf(label: string, der: ArrayBuffer | Uint8Array): string {
  const lines = Buffer.from(der as Uint8Array)
    .toString('base64')
    .match(/.{1,64}/g)!;
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** A serial number is positive and its first byte not zero (RFC 5280, 4.1.2.2; X.690, 8.3.2). */
function positive(bytes: Buffer): Uint8Array<ArrayBuffer> {
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return new Uint8Array(bytes);
}
