import { EnvelopeError } from './envelope-error.js';
import { verifySigned, type Signed } from './signed.js';

/** Who may sign: names and the fingerprints of their long-term keys, as an operator has approved them. */
export type ApprovedRecipients = Readonly<Record<string, string>>;

/**
 * Reads a signed message from somebody whom an operator has approved.
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
  const { name, fingerprint } = signed.signer;
  const expected = Object.hasOwn(approved, name) ? approved[name] : undefined;
  if (expected === fingerprint) return signed;
  throw new EnvelopeError(
    'recipient-unapproved',
    reader,
    expected === undefined
      ? `${what} is signed by ${name}, whom nobody has approved; compare ${fingerprint} with \`rotor recipient show\` there, then say \`rotor recipient approve ${name} ${fingerprint}\``
      : `${what} is signed by ${name} with another key (${fingerprint}) than the approved one; if ${name} has a new identity, compare it with \`rotor recipient show\` there, then approve it`,
  );
}
