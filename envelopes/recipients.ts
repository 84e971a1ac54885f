import type { X509Certificate } from 'node:crypto';
import { complaintOf, issuerOf } from './authority.js';
import { EnvelopeError } from './envelope-error.js';
import { isSignedByItself } from './identity.js';
import { verifySigned, type Signed } from './signed.js';

/** Who may sign. */
export interface ApprovedRecipients {
  /** Names and the fingerprints of their long-term keys, as an operator has approved them. For these names nothing else counts. */
  readonly fingerprints: Readonly<Record<string, string>>;
  /** Whoever one of these has signed is accepted as well. */
  readonly authorities: readonly X509Certificate[];
  /** Names that no certificate makes acceptable. */
  readonly retired: readonly string[];
}

/**
 * Reads a signed message from somebody whom an operator has approved, or a configured authority has signed.
 *
 * @param reader who reads it, for messages
 * @param what `the envelope` or `the announcement`
 * @throws EnvelopeError `envelope-malformed`, `envelope-forged` or `recipient-unapproved`
 */
export function readSigned(der: Buffer, approved: ApprovedRecipients, reader: string, what: string): Signed {
  let signed: Signed;
  try {
    signed = verifySigned(der);
  } catch {
    throw new EnvelopeError(
      'envelope-forged',
      reader,
      `${what} is not a message with one good signature, or was changed on its way; it is asked for again`,
    );
  }
  const complaint = complaintOfSigner(signed.signer, approved, what);
  if (complaint === null) return signed;
  throw new EnvelopeError('recipient-unapproved', reader, complaint);
}

function complaintOfSigner(
  { name, fingerprint, certificate }: Signed['signer'],
  { fingerprints, authorities, retired }: ApprovedRecipients,
  what: string,
): string | null {
  const isBySelf = isSignedByItself(certificate);
  if (Object.hasOwn(fingerprints, name)) {
    if (fingerprints[name] !== fingerprint)
      return `${what} is signed by ${name} with another key (${fingerprint}) than the approved one; if ${name} has a new identity, compare it with \`rotor recipient show\` there, then approve it`;
    if (isBySelf || issuerOf(certificate, authorities)) return null;
    return `${what} is signed by ${name} under a certificate of a CA that recipientAuthority of this rotor.yaml does not have; add that CA`;
  }
  if (retired.includes(name))
    return `${what} is signed by ${name}, who was retired; if that was wrong, take ${name} out of recipientAuthority.retired`;
  if (isBySelf || authorities.length === 0)
    return `${what} is signed by ${name}, whom nobody has approved; compare ${fingerprint} with \`rotor recipient show\` there, then say \`rotor recipient approve ${name} ${fingerprint}\``;
  const complaint = complaintOf(certificate, authorities, new Date());
  return complaint && `${what} is signed by ${name}, and ${complaint}`;
}
