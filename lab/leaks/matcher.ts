/** Finds many byte strings at once, in one pass over the content: a hundred keys have a thousand forms. */
import { grouped } from '../../core/grouped.js';

export interface Pattern<T> {
  readonly bytes: Buffer;
  readonly meaning: T;
}

export interface Match<T> {
  /** In bytes. */
  readonly offset: number;
  readonly meaning: T;
}

/** How many leading bytes pick the patterns that may stand at an offset. */
const HEAD = 3;

export class Matcher<T> {
  /** By their first {@link HEAD} bytes. */
  private readonly byHead: ReadonlyMap<number, readonly Pattern<T>[]>;
  /** One bit for each pair of first bytes: nearly every offset is passed over by it. */
  private readonly mayStart = new Uint8Array(0x10000);

  constructor(patterns: readonly Pattern<T>[]) {
    if (patterns.some(({ bytes }) => bytes.length < HEAD))
      throw new RangeError(`a pattern needs at least ${HEAD} bytes`);
    this.byHead = grouped(patterns, ({ bytes }) => bytes.readUIntBE(0, HEAD));
    for (const head of this.byHead.keys()) this.mayStart[head >> 8] = 1;
  }

  find(content: Buffer): Match<T>[] {
    const matches: Match<T>[] = [];
    for (let offset = 0; offset + HEAD <= content.length; offset++) {
      if (this.mayStart[(content[offset]! << 8) | content[offset + 1]!] === 0) continue;
      for (const { bytes, meaning } of this.byHead.get(content.readUIntBE(offset, HEAD)) ?? []) {
        if (content.subarray(offset, offset + bytes.length).equals(bytes)) matches.push({ offset, meaning });
      }
    }
    return matches;
  }
}
