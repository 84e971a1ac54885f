/**
 * Recipients that a certificate authority of the operator's has signed (RFC 5280). A certificate counts when one of the configured
 * certificates signed it itself: an intermediate that issues is put into the file, and no chain is built.
 */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Certificate, type AltName, type BasicConstraints, type Extension } from 'pkijs';
import type * as asn1js from 'asn1js';
import { EnvelopeError } from './envelope-error.js';
import { DIGITAL_SIGNATURE, DNS_NAME, KEY_USAGE, SUBJECT_ALT_NAME, nameOf, termOf } from './identity.js';

const BASIC_CONSTRAINTS = '2.5.29.19';
/** What is looked at, and extKeyUsage, which says nothing of who somebody is. Others must not be critical (4.2). */
const UNDERSTOOD = [SUBJECT_ALT_NAME, KEY_USAGE, BASIC_CONSTRAINTS, '2.5.29.37'];

const PEM = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * The authorities that a file holds, read anew for every use, so that a new certificate needs no restart.
 *
 * @throws EnvelopeError when it can't be read, has none, or one that is of no authority
 */
export async function authoritiesIn(file: string): Promise<X509Certificate[]> {
  return readAuthorities(await readFile(file, 'latin1').catch(() => ''), file);
}

/** @throws EnvelopeError when there is none, or one that is of no authority */
export function readAuthorities(pem: string, where: string): X509Certificate[] {
  try {
    const found = (pem.match(PEM) ?? []).map((each) => new X509Certificate(each));
    if (found.length > 0 && found.every((each) => each.ca && termOf(each))) return found;
  } catch {
    // said below
  }
  throw new EnvelopeError(
    'recipient-unapproved',
    where,
    'this is not a file of CA certificates in PEM; correct recipientAuthority.certificates',
  );
}

/** Which authority made this certificate, if one did; nothing is said of its dates and purposes. */
export function issuerOf(
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
): X509Certificate | undefined {
  return authorities.find(
    (authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey),
  );
}

/**
 * Why a certificate does not make its holder a recipient, with the remedy; null when it does.
 *
 * @param authorities at least one
 */
export function complaintOf(
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
  now: Date,
): string | null {
  const issuer = issuerOf(certificate, authorities);
  if (!issuer)
    return 'its certificate is signed by none of recipientAuthority.certificates; have it signed by one of them';
  if (!isNotAfter(certificate.validFrom, now) || !isNotAfter(issuer.validFrom, now))
    return `its certificate is not valid before ${certificate.validFrom}; compare the clocks`;
  if (!isNotAfter(now, certificate.validTo))
    return `its certificate ended at ${certificate.validTo}; have a new one signed, from \`rotor recipient request\` there`;
  if (!isNotAfter(now, issuer.validTo))
    return `the certificate of its CA ended at ${issuer.validTo}; put the new one into recipientAuthority.certificates`;
  return complaintOfExtensions(certificate);
}

function complaintOfExtensions(certificate: X509Certificate): string | null {
  const extensions = extensionsOf(certificate);
  if (extensions === null) return 'its certificate is not as RFC 5280 has one; have another one signed';
  const find = (id: string): unknown => extensions.find(({ extnID }) => extnID === id)?.parsedValue;
  const unknown = extensions.find(({ extnID, critical }) => critical && !UNDERSTOOD.includes(extnID));
  if (unknown)
    return `its certificate has the critical extension ${unknown.extnID}, which is not understood; leave it out`;
  // Node's own `ca` is false for a CA without the usage of one.
  if ((find(BASIC_CONSTRAINTS) as BasicConstraints | undefined)?.cA === true)
    return 'its certificate is one of a CA; have one signed without CA:TRUE';
  const usage = find(KEY_USAGE) as asn1js.BitString | undefined;
  if (((usage?.valueBlock.valueHexView[0] ?? 0) & DIGITAL_SIGNATURE) === 0)
    return 'its certificate lacks the key usage digitalSignature; have one signed that has it';
  const names = ((find(SUBJECT_ALT_NAME) as AltName | undefined)?.altNames ?? [])
    .filter(({ type }) => type === DNS_NAME)
    .map(({ value }) => String(value));
  if (names.length > 0 && !names.includes(nameOf(certificate)))
    return 'the DNS names of its certificate do not have its common name; both have to be the name of the recipient';
  return null;
}

/** Null for what OpenSSL takes and pkijs does not. */
function extensionsOf({ raw }: X509Certificate): readonly Extension[] | null {
  try {
    return Certificate.fromBER(new Uint8Array(raw)).extensions ?? [];
  } catch {
    return null;
  }
}

/** False as well for what is no date: OpenSSL takes certificates with any text there. */
function isNotAfter(one: string | Date, other: string | Date): boolean {
  return new Date(one).getTime() <= new Date(other).getTime();
}
