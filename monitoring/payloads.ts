/** Payloads that the SDK hands over as Temporal has them: in events of a history, and in what describes a workflow. */
import { defaultPayloadConverter } from '@temporalio/client';
import type { LoadedDataConverter, Payload } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';

/** Any of the SDK's clients. */
export interface PayloadReader {
  readonly options: { readonly loadedDataConverter: LoadedDataConverter };
}

type Payloads = temporal.api.common.v1.IPayloads | null | undefined;
type Event = temporal.api.history.v1.IHistoryEvent;

/** @throws PayloadError when they are encrypted with a key that is not here, or are plain where they must not be */
export async function valuesIn<T>(client: PayloadReader, payloads: Payloads): Promise<T[]> {
  return plainValuesIn(await decoded(client, payloads?.payloads ?? []));
}

/** Of payloads that are decrypted already. */
export function plainValuesIn<T>(payloads: readonly Payload[] | null | undefined): T[] {
  return (payloads ?? []).map((payload) => defaultPayloadConverter.fromPayload<T>(payload));
}

/** The words of a failure, which may be encrypted as well. */
export async function messageOf(
  client: PayloadReader,
  failure: temporal.api.failure.v1.IFailure,
): Promise<string> {
  const { encodedAttributes, message } = failure;
  if (!encodedAttributes) return message ?? '';
  const [words] = await valuesIn<{ message: string }>(client, { payloads: [encodedAttributes] });
  return words?.message ?? '';
}

/** Events with every payload decrypted, and the words of failures where they belong. They are changed in place. */
export async function readableEvents(client: PayloadReader, events: Event[]): Promise<Event[]> {
  if (client.options.loadedDataConverter.payloadCodecs.length > 0) await decodeWithin(client, events);
  return events;
}

async function decoded(client: PayloadReader, payloads: Payload[]): Promise<Payload[]> {
  let result = payloads;
  for (const codec of client.options.loadedDataConverter.payloadCodecs.toReversed())
    result = await codec.decode(result);
  return result;
}

/** Lists of payloads are the only ones that are read later, beside those that hold a failure's words. */
async function decodeWithin(client: PayloadReader, value: unknown): Promise<void> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  const holder = value as { payloads?: unknown } & temporal.api.failure.v1.IFailure;
  if (Array.isArray(holder.payloads)) {
    holder.payloads = await decoded(client, holder.payloads as Payload[]);
    return;
  }
  if (holder.encodedAttributes) {
    holder.message = await messageOf(client, holder);
    holder.encodedAttributes = null;
  }
  await Promise.all(Object.values(holder).map((each) => decodeWithin(client, each)));
}
