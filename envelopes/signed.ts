/**
 * SignedData (RFC 5652, 5) around content, with one signer and the signer's certificate. Opening takes exactly one encoding of
 * a message: CMS leaves version numbers, algorithm parameters and the signer's name outside of the signature, and a changed
 * bit anywhere is to be refused.
 */
import { X509Certificate, createHash, timingSafeEqual, verify } from 'node:crypto';
import * as asn1js from 'asn1js';
import {
  AlgorithmIdentifier,
  Attribute,
  Certificate,
  ContentInfo,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  SignedAndUnsignedAttributes,
  SignedData,
  SignerInfo,
} from 'pkijs';
import { ENGINE } from './crypto-engine.js';
import { derOf } from './der.js';
import { SIGNATURE_HASH, fingerprintOf, nameOf, type Identity } from './identity.js';

/** Object identifiers (RFC 5652, 11; RFC 5754, 2.2 and 3.3). */
const DATA = '1.2.840.113549.1.7.1';
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const SHA_256 = '2.16.840.1.101.3.4.2.1';
const ECDSA_WITH_SHA_256 = '1.2.840.10045.4.3.2';

const VERSION = 1;

/** A message with one key in it has about 1,400 bytes. */
const MOST_BYTES = 16_384;

export interface Signed {
  readonly content: Buffer;
  readonly signer: {
    /** As its certificate says, which proves nothing. */
    readonly name: string;
    readonly fingerprint: string;
    readonly certificate: X509Certificate;
  };
}

/** @returns a ContentInfo in DER */
export async function sign(content: Buffer, { certificate, privateKey }: Identity): Promise<Buffer> {
  const digest = createHash('sha256').update(content).digest();
  const signer = signerOf(certificate, [
    new Attribute({ type: CONTENT_TYPE, values: [new asn1js.ObjectIdentifier({ value: DATA })] }),
    new Attribute({
      type: MESSAGE_DIGEST,
      values: [new asn1js.OctetString({ valueHex: new Uint8Array(digest) })],
    }),
  ]);
  const signed = signedData(content, certificate, signer);
  await signed.sign(privateKey, 0, SIGNATURE_HASH, undefined, ENGINE);
  return encode(content, certificate, signer);
}

/**
 * Checks the signature; who the signer is has still to be judged.
 *
 * @throws whatever its parser throws, for anything but the one encoding of a message with a good signature
 */
export function verifySigned(der: Buffer): Signed {
  if (der.length > MOST_BYTES) throw new Error('too long');
  const info = ContentInfo.fromBER(new Uint8Array(der));
  if (info.contentType !== SIGNED_DATA) throw new Error('not signed');
  const { certificates = [], signerInfos, encapContentInfo } = new SignedData({ schema: info.content });
  const [certificate, ...otherCertificates] = certificates;
  const [signer, ...otherSigners] = signerInfos;
  if (!(certificate instanceof Certificate) || !signer || otherCertificates.length + otherSigners.length > 0)
    throw new Error('not one signer');
  const content = Buffer.from(encapContentInfo.eContent!.valueBlock.valueHexView);
  const rebuilt = signerOf(certificate, signer.signedAttrs!.attributes);
  rebuilt.signature = signer.signature;
  if (!encode(content, certificate, rebuilt).equals(der)) throw new Error('another encoding');
  return { content, signer: checkSigner(content, certificate, signer) };
}

function checkSigner(content: Buffer, certificate: Certificate, signer: SignerInfo): Signed['signer'] {
  const x509 = new X509Certificate(Buffer.from(certificate.toSchema().toBER()));
  const name = nameOf(x509);
  const attributes = signer.signedAttrs!;
  const type = valueOf(attributes, CONTENT_TYPE);
  const digest = valueOf(attributes, MESSAGE_DIGEST);
  if (!(type instanceof asn1js.ObjectIdentifier) || type.getValue() !== DATA) throw new Error('another type');
  const expected = createHash('sha256').update(content).digest();
  if (!(digest instanceof asn1js.OctetString) || !timingSafeEqual(expected, digest.valueBlock.valueHexView))
    throw new Error('another content');
  const signature = signer.signature.valueBlock.valueHexView;
  if (!verify('sha256', new Uint8Array(attributes.encodedValue), x509.publicKey, signature))
    throw new Error('not signed by this key');
  return { name, fingerprint: fingerprintOf(x509.publicKey), certificate: x509 };
}

/** RFC 5652, 11: each of these attributes stands once, with one value. */
function valueOf({ attributes }: SignedAndUnsignedAttributes, type: string): unknown {
  const [attribute, ...others] = attributes.filter((each) => each.type === type);
  if (attribute?.values.length !== 1 || others.length > 0) throw new Error('not one value');
  return attribute.values[0];
}

function signerOf(certificate: Certificate, attributes: Attribute[]): SignerInfo {
  const { issuer, serialNumber } = certificate;
  return new SignerInfo({
    version: VERSION,
    sid: new IssuerAndSerialNumber({ issuer, serialNumber }),
    signedAttrs: new SignedAndUnsignedAttributes({ type: 0, attributes }),
  });
}

function signedData(content: Buffer, certificate: Certificate, signer: SignerInfo): SignedData {
  const encapContentInfo = new EncapsulatedContentInfo({ eContentType: DATA });
  // Given to the constructor it would be cut in pieces, which is not DER.
  encapContentInfo.eContent = new asn1js.OctetString({ valueHex: new Uint8Array(content) });
  return new SignedData({
    version: VERSION,
    encapContentInfo,
    certificates: [certificate],
    signerInfos: [signer],
  });
}

/** RFC 5754, 2: parameters of a hash algorithm are left out; 3.3: those of an ECDSA signature as well. */
function encode(content: Buffer, certificate: Certificate, signer: SignerInfo): Buffer {
  signer.digestAlgorithm = new AlgorithmIdentifier({ algorithmId: SHA_256 });
  signer.signatureAlgorithm = new AlgorithmIdentifier({ algorithmId: ECDSA_WITH_SHA_256 });
  const signed = signedData(content, certificate, signer);
  signed.digestAlgorithms = [new AlgorithmIdentifier({ algorithmId: SHA_256 })];
  return derOf(new ContentInfo({ contentType: SIGNED_DATA, content: signed.toSchema() }));
}
