/** I7: no key bytes in anything that leaves a node or an operation. */
import type { Safety } from './safety.js';

/** Long enough for 32 bytes as base64 or hexadecimal; nothing else that is said has a run like it. */
const SUSPICIOUS = /[A-Za-z0-9+/_-]{43,}/g;

export class Leaks {
  private readonly secrets = new Set<string>();

  constructor(private readonly safety: Safety) {}

  watch(encoded: Buffer, bytes: Buffer): void {
    this.secrets.add(encoded.toString('latin1').replace(/=+$/, ''));
    this.secrets.add(bytes.toString('base64').replace(/=+$/, ''));
    this.secrets.add(bytes.toString('hex'));
  }

  search(message: unknown): void {
    for (const [run] of JSON.stringify(message).matchAll(SUSPICIOUS))
      if (this.secrets.has(run)) this.safety.violated('I7', 'a message holds the bytes of a key');
  }
}
