/** A fault could not be done in the phase that it was meant for: no word on the product. */
export class NotStruck extends Error {
  override readonly name = 'NotStruck';
}
