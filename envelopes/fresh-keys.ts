/** The fresh key pairs of a recipient. Their private halves exist here only, and can't be exported. */
import { randomUUID, webcrypto } from 'node:crypto';
import { RECIPIENT_ALGORITHM } from './auth-enveloped.js';
import type { Errand } from './announcement.js';

/** The longest that a placement may take from the announcement to its last attempt; nothing waits longer for an envelope. */
const MOST_AGE_MS = 15 * 60_000;

interface FreshKey {
  readonly errand: Errand;
  readonly pair: webcrypto.CryptoKeyPair;
  readonly end: NodeJS.Timeout;
}

/** One key pair a placement, destroyed when the placement ends, and at the latest after a quarter of an hour. */
export class FreshKeys {
  private readonly keys = new Map<string, FreshKey>();

  /** @returns what the key pair is called, and its public half */
  async make(errand: Errand): Promise<{ readonly id: string; readonly publicKey: webcrypto.CryptoKey }> {
    const id = randomUUID();
    const pair = await webcrypto.subtle.generateKey(RECIPIENT_ALGORITHM, false, ['deriveBits']);
    const end = setTimeout(() => this.destroy(id), MOST_AGE_MS).unref();
    this.keys.set(id, { errand, pair, end });
    return { id, publicKey: pair.publicKey };
  }

  /** The private half, if it was made for this errand and still exists. */
  privateKeyOf(id: string, { fleet, operation }: Errand): webcrypto.CryptoKey | null {
    const key = this.keys.get(id);
    const isFor = key?.errand.fleet === fleet && key.errand.operation === operation;
    return isFor ? key.pair.privateKey : null;
  }

  /** The last reference goes, and with it OpenSSL's copy, which it clears. */
  destroy(id: string): void {
    clearTimeout(this.keys.get(id)?.end);
    this.keys.delete(id);
  }
}
