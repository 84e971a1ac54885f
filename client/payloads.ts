/** Payloads that the SDK hands over as Temporal has them: in events of a history, and in what describes a workflow. */
import { defaultPayloadConverter } from '@temporalio/client';
import type { LoadedDataConverter, Payload } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';

/** Any of the SDK's clients. */
interface Client {
  readonly options: { readonly loadedDataConverter: LoadedDataConverter };
}

type Payloads = temporal.api.common.v1.IPayloads | null | undefined;
type Event = temporal.api.history.v1.IHistoryEvent;

/** @throws PayloadError when they are encrypted with a key that is not here, or are plain where they must not be */
export async function valuesIn<T>(client: Client, payloads: Payloads): Promise<T[]> {
  return plainValuesIn(await decoded(client, payloads?.payloads ?? []));
}

/** Of payloads that are decrypted already. */
export function plainValuesIn<T>(payloads: readonly Payload[] | null | undefined): T[] {
  return (payloads ?? []).map((payload) => defaultPayloadConverter.fromPayload<T>(payload));
}

/** Events with every payload decrypted, and the words of failures where they belong. They are changed in place. */
export async function readableEvents(client: Client, events: Event[]): Promise<Event[]> {
  if (client.options.loadedDataConverter.payloadCodecs.length > 0) await decodeWithin(client, events);
  return events;
}

async function decoded(client: Client, payloads: Payload[]): Promise<Payload[]> {
  let result = payloads;
  for (const codec of client.options.loadedDataConverter.payloadCodecs.toReversed())
    result = await codec.decode(result);
  return result;
}

/** Lists of payloads are the only ones that are read later, beside those that hold a failure's words. */
async function decodeWithin(client: Client, value: unknown): Promise<void> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  const holder = value as { payloads?: unknown } & temporal.api.failure.v1.IFailure;
  if (Array.isArray(holder.payloads)) {
    holder.payloads = await decoded(client, holder.payloads as Payload[]);
    return;
  }
  if (holder.encodedAttributes) {
    const [words] = await valuesIn<{ message: string }>(client, { payloads: [holder.encodedAttributes] });
    holder.message = words?.message ?? null;
    holder.encodedAttributes = null;
  }
  await Promise.all(Object.values(holder).map((each) => decodeWithin(client, each)));
}
