/**
 * Encrypts what Temporal stores of a fleet, each payload as a whole with its metadata: AES-256-GCM (NIST SP 800-38D), bound to the
 * fleet and the name of the key. On the outside it is as in Temporal's own samples (`binary/encrypted`, `encryption-key-id`).
 *
 *     data = 12 bytes of nonce, the encrypted payload (protobuf), 16 bytes of tag
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { shownName } from '../core/secrets.js';
import { ENCODING, hasEncoding, textOf } from './encoding.js';
import { PayloadError } from './payload-error.js';

export interface PayloadKey {
  /** Stands beside each payload, so that keys can be replaced. */
  readonly id: string;
  /** 32 bytes. */
  readonly secret: Buffer;
}

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;
const CIPHER = 'aes-256-gcm';
const ENCRYPTED = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const PURPOSE = 'fernet-rotor/payload/v1';

export class EncryptingCodec implements PayloadCodec {
  /** @param keys the first one encrypts, all decrypt; with none payloads stay as they are, and encrypted ones are refused by name */
  constructor(
    private readonly fleet: string,
    private readonly keys: readonly PayloadKey[],
  ) {}

  encode(payloads: Payload[]): Promise<Payload[]> {
    const [key] = this.keys;
    return Promise.resolve(key ? payloads.map((payload) => this.encrypted(payload, key)) : payloads);
  }

  /** Rejects with a PayloadError, for a plain payload as well: whoever can write to Temporal could take encryption away by it. */
  decode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.all(payloads.map((payload) => this.decoded(payload)));
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws is to be a rejection
  private async decoded(payload: Payload): Promise<Payload> {
    if (isEncrypted(payload)) return this.decrypted(payload);
    if (this.keys.length === 0) return payload;
    throw new PayloadError(
      `fleet ${this.fleet} has temporal.encryption, and Temporal has a payload of it that is plain: from a time before it, or from a program without it; end that workflow or Schedule, and start it anew`,
    );
  }

  private encrypted(payload: Payload, { id, secret }: PayloadKey): Payload {
    const nonce = randomBytes(NONCE_LENGTH);
    const cipher = createCipheriv(CIPHER, secret, nonce).setAAD(this.contextOf(id));
    const plain = PayloadMessage.encode(payload).finish();
    const data = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return { metadata: { [ENCODING]: Buffer.from(ENCRYPTED), [KEY_ID]: Buffer.from(id) }, data };
  }

  private decrypted({ metadata, data }: Payload): Payload {
    const id = textOf(metadata?.[KEY_ID]);
    const key = this.keys.find((each) => each.id === id);
    if (!key)
      throw this.unreadable(id, 'that temporal.encryption.keys of this rotor.yaml does not have; add it');
    const sealed = Buffer.from(data ?? []);
    try {
      const decipher = createDecipheriv(CIPHER, key.secret, sealed.subarray(0, NONCE_LENGTH), {
        authTagLength: TAG_LENGTH,
      });
      decipher.setAAD(this.contextOf(key.id)).setAuthTag(sealed.subarray(-TAG_LENGTH));
      const body = sealed.subarray(NONCE_LENGTH, -TAG_LENGTH);
      return PayloadMessage.decode(Buffer.concat([decipher.update(body), decipher.final()]));
    } catch {
      throw this.unreadable(
        id,
        'whose secret is another one here, or it was changed, or it is of another fleet',
      );
    }
  }

  private contextOf(id: string): Buffer {
    return Buffer.from([PURPOSE, this.fleet, id].join('\0'));
  }

  private unreadable(id: string, why: string): PayloadError {
    const name = /^[A-Za-z0-9._-]{1,100}$/.test(id) ? shownName(id) : 'of no proper name';
    return new PayloadError(
      `Temporal has a payload of fleet ${this.fleet} that is encrypted with the key ${name}, ${why}`,
    );
  }
}

export function isEncrypted(payload: Payload): boolean {
  return hasEncoding(payload, ENCRYPTED);
}
