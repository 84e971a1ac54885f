import type { ProblemCode } from '../core/problems.js';

/** What can be wrong with an envelope, an announcement or an identity: a fixed set, part of the codes of problems. */
export type EnvelopeCode = Extract<
  ProblemCode,
  | 'identity-missing'
  | 'recipient-unapproved'
  | 'envelope-malformed'
  | 'envelope-forged'
  | 'envelope-misdirected'
  | 'key-unavailable'
>;

/**
 * An envelope can't be made or opened. The message names the recipient or node, what, and the remedy. It never carries a
 * key byte, and never the error of a library as its cause, which might.
 */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';

  constructor(
    readonly code: EnvelopeCode,
    /** Who has the trouble: the name of a node or a worker. */
    readonly who: string,
    message: string,
  ) {
    super(`${who}: ${message}`);
  }
}
