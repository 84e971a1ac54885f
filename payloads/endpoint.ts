/**
 * The remote codec of Temporal's UI and CLI (docs.temporal.io/production-deployment/data-encryption): `POST /encode` and
 * `POST /decode`, both from and to `{"payloads":[…]}` as protobuf's JSON has them, with every bytes field in base64.
 */
import type { Payload, PayloadCodec } from '@temporalio/common';
import { CompressingCodec } from './compressing-codec.js';
import { isEncrypted } from './encrypting-codec.js';
import { PayloadError } from './payload-error.js';

export interface CodecRequest {
  readonly method: string;
  readonly path: string;
  /** Where the page is from that asks; a browser always says it. */
  readonly origin: string | undefined;
  readonly body: string;
}

export interface CodecAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const COMPRESSING = new CompressingCodec();

/** What the UI sends. */
const HEADERS = 'content-type, x-namespace, authorization';

/** @param uiOrigin of Temporal's UI; no other page is answered, and without one no page at all */
export async function answerCodecRequest(
  codec: PayloadCodec,
  uiOrigin: string | undefined,
  { method, path, origin, body }: CodecRequest,
): Promise<CodecAnswer> {
  if (origin !== undefined && origin !== uiOrigin)
    return refusal(403, {}, 'pages from there are not answered; --ui-origin says which are');
  const headers: Record<string, string> =
    origin === undefined ? {} : { 'access-control-allow-origin': origin, vary: 'origin' };
  const convert = path === '/encode' ? encode : path === '/decode' ? decode : undefined;
  if (!convert) return refusal(404, headers, 'there is /encode and /decode');
  if (method === 'OPTIONS')
    return {
      status: 204,
      headers: {
        ...headers,
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': HEADERS,
      },
      body: '',
    };
  if (method !== 'POST') return refusal(405, { ...headers, allow: 'POST, OPTIONS' }, 'it takes POST');
  const payloads = payloadsIn(body);
  if (payloads === null) return refusal(400, headers, 'it takes {"payloads":[…]} with bytes in base64');
  try {
    return answer(200, headers, { payloads: (await convert(codec, payloads)).map(jsonOf) });
  } catch (error) {
    if (!(error instanceof PayloadError)) throw error;
    return refusal(400, headers, error.message);
  }
}

async function encode(codec: PayloadCodec, payloads: Payload[]): Promise<Payload[]> {
  return codec.encode(await COMPRESSING.encode(payloads));
}

/** What was never encrypted is shown as it is: nobody acts on what is only looked at. */
async function decode(codec: PayloadCodec, payloads: Payload[]): Promise<Payload[]> {
  const decrypted = payloads.map(async (payload) =>
    isEncrypted(payload) ? (await codec.decode([payload]))[0]! : payload,
  );
  return COMPRESSING.decode(await Promise.all(decrypted));
}

function payloadsIn(body: string): Payload[] | null {
  try {
    const { payloads } = JSON.parse(body) as { payloads: unknown };
    return (payloads as unknown[]).map(payloadOf);
  } catch {
    return null;
  }
}

function payloadOf(json: unknown): Payload {
  if (typeof json !== 'object' || json === null) throw new TypeError('no payload');
  const { metadata = {}, data = '' } = json as { metadata?: Record<string, unknown> | null; data?: unknown };
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, bytesOf(value)] as const);
  return { metadata: Object.fromEntries(entries), data: bytesOf(data ?? '') };
}

function bytesOf(text: unknown): Uint8Array {
  if (typeof text === 'string') return Buffer.from(text, 'base64');
  throw new TypeError('not base64');
}

function jsonOf({ metadata, data }: Payload): unknown {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, base64Of(value)]);
  return { metadata: Object.fromEntries(entries) as unknown, data: base64Of(data) };
}

function base64Of(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('base64');
}

function answer(status: number, headers: CodecAnswer['headers'], document: unknown): CodecAnswer {
  return {
    status,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(document),
  };
}

function refusal(status: number, headers: CodecAnswer['headers'], message: string): CodecAnswer {
  return answer(status, headers, { message });
}
