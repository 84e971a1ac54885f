/** A payload of Temporal's that is not as this fleet's settings want it. Never carries any of its content. */
export class PayloadError extends Error {
  override readonly name = 'PayloadError';
}
