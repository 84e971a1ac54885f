/** Encrypted payloads, and what is asked of the endpoint that decrypts them. */
import fc from 'fast-check';
import { EncryptingCodec } from '../../payloads/encrypting-codec.js';
import { answerCodecRequest, type CodecRequest } from '../../payloads/endpoint.js';
import { PayloadError } from '../../payloads/payload-error.js';
import { bytes, jsonTexts, texts } from '../inputs.js';
import { PLANTED_KEYS, PLANTED_TEXT } from '../planted.js';
import { target } from '../target.js';

const codec = new EncryptingCodec('production', [{ id: 'first', secret: PLANTED_KEYS[0]! }]);
const PLAIN = {
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(JSON.stringify(PLANTED_TEXT)),
};
const isPayloadError = (error: unknown) => error instanceof PayloadError;

const payload = target<readonly [Buffer, Buffer, Buffer]>({
  name: 'payload',
  reads: 'an encrypted payload of Temporal',
  costs: 2,
  prepare: async () => {
    const [encrypted] = await codec.encode([PLAIN]);
    const { metadata, data } = encrypted!;
    const right = (content: Uint8Array) => Buffer.from(content);
    const encoding = fc.oneof(
      { weight: 4, arbitrary: fc.constant(right(metadata!.encoding!)) },
      bytes([right(metadata!.encoding!)]),
    );
    const id = fc.oneof(
      { weight: 4, arbitrary: fc.constant(Buffer.from('first')) },
      bytes([Buffer.from('first')]),
    );
    return {
      inputs: fc.tuple(encoding, id, bytes([right(data!)])),
      read: async ([encodingText, keyId, content]) =>
        void (await codec.decode([
          { metadata: { encoding: encodingText, 'encryption-key-id': keyId }, data: content },
        ])),
      isTyped: isPayloadError,
    };
  },
});

const ORIGIN = 'http://127.0.0.1:8233';

const codecRequest = target<CodecRequest>({
  name: 'codec-request',
  reads: 'requests to `rotor codec`',
  costs: 2,
  prepare: async () => {
    const base64 = ({ metadata, data }: { metadata?: object | null; data?: Uint8Array | null }) => ({
      metadata: Object.fromEntries(
        Object.entries(metadata ?? {}).map(([name, value]) => [
          name,
          Buffer.from(value as Uint8Array).toString('base64'),
        ]),
      ),
      data: Buffer.from(data ?? []).toString('base64'),
    });
    const [encrypted] = await codec.encode([PLAIN]);
    return {
      inputs: fc.record({
        method: fc.oneof(fc.constant('POST'), fc.constantFrom('GET', 'OPTIONS', 'PUT', '')),
        path: fc.oneof(fc.constantFrom('/encode', '/decode'), texts(['/decode', '//encode?x'])),
        origin: fc.oneof(fc.constantFrom(undefined, ORIGIN), texts([ORIGIN])),
        body: jsonTexts([{ payloads: [base64(encrypted!), base64(PLAIN)] }]),
      }),
      read: async (request) => {
        const { status, body } = await answerCodecRequest(codec, ORIGIN, request);
        // What was asked for is a secret by its purpose; what is refused may repeat nothing.
        return status === 200 ? undefined : body;
      },
      isTyped: isPayloadError,
    };
  },
});

export const payloadTargets = [payload, codecRequest];
