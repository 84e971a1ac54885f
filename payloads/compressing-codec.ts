/**
 * Makes large payloads small: what is said of hundreds of nodes is mostly the same. Small ones stay as they are, so that the
 * histories of small fleets can be read in Temporal's UI. As the SDK for Go has it (`NewZlibCodec`, `binary/zlib`).
 */
import { constants, deflateSync, inflateSync } from 'node:zlib';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { ENCODING, hasEncoding } from './encoding.js';
import { PayloadError } from './payload-error.js';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;
const COMPRESSED = 'binary/zlib';

/** Of a payload that is worth it: what a look says of some twenty nodes. */
const LEAST_BYTES = 4096;

/** Far above what Temporal would take uncompressed: whoever sends more wants to exhaust our memory. */
const MOST_BYTES = 64 * 1024 * 1024;

export class CompressingCodec implements PayloadCodec {
  encode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.resolve(
      payloads.map((payload) => ((payload.data?.length ?? 0) < LEAST_BYTES ? payload : compressed(payload))),
    );
  }

  /** Rejects with a PayloadError for one that is broken. */
  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws is to be a rejection
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (hasEncoding(payload, COMPRESSED) ? inflated(payload) : payload));
  }
}

function compressed(payload: Payload): Payload {
  const plain = PayloadMessage.encode(payload).finish();
  const data = deflateSync(plain, { level: constants.Z_BEST_SPEED });
  return { metadata: { [ENCODING]: Buffer.from(COMPRESSED) }, data };
}

function inflated({ data }: Payload): Payload {
  try {
    return PayloadMessage.decode(inflateSync(data ?? Buffer.alloc(0), { maxOutputLength: MOST_BYTES }));
  } catch {
    throw new PayloadError('Temporal has a payload that is compressed and broken');
  }
}
