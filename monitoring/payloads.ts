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
  if (client.options.loadedDataConverter.payloadCodecs.length === 0) return events;
  const holders: Holder[] = [];
  addHoldersIn(events, holders);
  await Promise.all(holders.map((holder) => decodeHeld(client, holder)));
  return events;
}

async function decoded(client: PayloadReader, payloads: Payload[]): Promise<Payload[]> {
  let result = payloads;
  for (const codec of client.options.loadedDataConverter.payloadCodecs.toReversed())
    result = await codec.decode(result);
  return result;
}

/** A list of payloads, or a failure whose words are one. */
type Holder = { payloads?: unknown } & temporal.api.failure.v1.IFailure;

async function decodeHeld(client: PayloadReader, holder: Holder): Promise<void> {
  if (Array.isArray(holder.payloads)) {
    holder.payloads = await decoded(client, holder.payloads as Payload[]);
  } else {
    holder.message = await messageOf(client, holder);
    holder.encodedAttributes = null;
  }
}

/** Those that are read later, found without waiting: a long history has a million values, and hardly one in ten is a payload. */
function addHoldersIn(value: unknown, found: Holder[]): void {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  const holder = value as Holder;
  const isList = Array.isArray(holder.payloads);
  if (isList || holder.encodedAttributes) found.push(holder);
  if (!isList) for (const each of Object.values(holder)) addHoldersIn(each, found);
}
