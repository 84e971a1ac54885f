import type { X509Certificate } from 'node:crypto';
import { authoritiesIn, complaintOf, issuerOf } from './authority.js';
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

/** By what somebody is accepted, or why not. */
export type Standing =
  | {
      readonly is:
        'approved' | 'signed' | 'of-another-key' | 'of-unknown-authority' | 'retired' | 'unapproved';
    }
  | { readonly is: 'badly-signed'; readonly complaint: string };

/** The one rule of who counts: what an operator approved by name goes before what an authority signed. */
export function standingOf(
  { name, fingerprint, certificate }: Signed['signer'],
  { fingerprints, authorities, retired }: ApprovedRecipients,
): Standing {
  const isBySelf = isSignedByItself(certificate);
  if (Object.hasOwn(fingerprints, name)) {
    if (fingerprints[name] !== fingerprint) return { is: 'of-another-key' };
    return { is: isBySelf || issuerOf(certificate, authorities) ? 'approved' : 'of-unknown-authority' };
  }
  if (retired.includes(name)) return { is: 'retired' };
  if (isBySelf || authorities.length === 0) return { is: 'unapproved' };
  const complaint = complaintOf(certificate, authorities, new Date());
  return complaint === null ? { is: 'signed' } : { is: 'badly-signed', complaint };
}

function complaintOfSigner(
  signer: Signed['signer'],
  approved: ApprovedRecipients,
  what: string,
): string | null {
  const { name, fingerprint } = signer;
  const standing = standingOf(signer, approved);
  switch (standing.is) {
    case 'approved':
    case 'signed':
      return null;
    case 'of-another-key':
      return `${what} is signed by ${name} with another key (${fingerprint}) than the approved one; if ${name} has a new identity, compare it with \`rotor recipient show\` there, then approve it`;
    case 'of-unknown-authority':
      return `${what} is signed by ${name} under a certificate of a CA that recipientAuthority of this rotor.yaml does not have; add that CA`;
    case 'retired':
      return `${what} is signed by ${name}, who was retired; if that was wrong, take ${name} out of recipientAuthority.retired`;
    case 'unapproved':
      return `${what} is signed by ${name}, whom nobody has approved; compare ${fingerprint} with \`rotor recipient show\` there, then say \`rotor recipient approve ${name} ${fingerprint}\``;
    case 'badly-signed':
      return `${what} is signed by ${name}, and ${standing.complaint}`;
  }
}

/** What a configuration says of recipients. */
interface RecipientSettings {
  readonly recipients: Readonly<Record<string, string>>;
  readonly recipientAuthority?:
    { readonly certificates: string; readonly retired: readonly string[] } | undefined;
}

/**
 * Reads the file of authorities anew.
 *
 * @throws EnvelopeError when it can't be used
 */
export async function approvedRecipients({
  recipients: fingerprints,
  recipientAuthority,
}: RecipientSettings): Promise<ApprovedRecipients> {
  if (!recipientAuthority) return { fingerprints, authorities: [], retired: [] };
  const { certificates, retired } = recipientAuthority;
  return { fingerprints, authorities: await authoritiesIn(certificates), retired };
}
