import { webcrypto } from 'node:crypto';
import type { ContentInfo } from 'pkijs';

export function derOf(info: ContentInfo): Buffer {
  return Buffer.from(info.toSchema().toBER());
}

/** A public key as SubjectPublicKeyInfo in DER (RFC 5280, 4.1.2.7). */
export async function spkiOf(key: webcrypto.CryptoKey): Promise<Buffer> {
  return Buffer.from(await webcrypto.subtle.exportKey('spki', key));
}
