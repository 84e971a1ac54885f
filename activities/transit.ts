import type { AnnounceOutcome, SealOutcome, SealRequest, PlaceRequest } from '../core/messages.js';
import type { Fingerprint } from '../core/repository.js';
import { announce, readAnnouncement, type Errand } from '../envelopes/announcement.js';
import { EnvelopeError } from '../envelopes/envelope-error.js';
import { open, seal } from '../envelopes/envelope.js';
import { approvedRecipients } from '../envelopes/recipients.js';
import type { FreshKeys } from '../envelopes/fresh-keys.js';
import { wipe } from '../keys/key.js';
import { NodeError } from '../nodes/node-error.js';
import type { WayToNodes } from '../nodes/ways.js';
import { loadFleet, type Fleet } from './fleet.js';
import { fetchKey } from './holders.js';
import { problemOf } from './node-failures.js';
import { ownIdentity } from './own-identity.js';

/** Where a worker stands, as far as envelopes are concerned. */
export interface Post {
  readonly configFile: string;
  readonly way: WayToNodes;
  readonly freshKeys: FreshKeys;
  /** The pull node that this is; null for a worker that reaches nodes by SSH. */
  readonly node: string | null;
  /** Where this very worker takes work that only it can do; null without an identity. */
  readonly ownTaskQueue: string | null;
}

/** Keys that have to go where no holder of them can be reached. */
export function createTransitActivities(post: Post) {
  const { configFile, freshKeys, node } = post;
  return {
    /** Makes a fresh key pair and signs its public half. */
    async announceKey(request: { operation: string }): Promise<AnnounceOutcome> {
      const fleet = await loadFleet(configFile);
      try {
        const identity = await ownIdentity(configFile, node);
        const taskQueue = queueOf(post, identity.name);
        const errand = errandOf(fleet, request.operation);
        const { id, publicKey } = await freshKeys.make(errand);
        const announcement = (await announce(errand, publicKey, identity)).toString('base64');
        return { problem: null, fresh: { id, announcement, taskQueue } };
      } catch (error) {
        return { problem: problemOf(node ?? '', error), fresh: null };
      }
    },

    /** Seals a key that a node here holds, to somebody who was approved. */
    async sealKey(request: SealRequest): Promise<SealOutcome> {
      const fleet = await loadFleet(configFile);
      try {
        const envelope = await sealFor(fleet, post, request);
        return { problem: null, envelope: envelope.toString('base64') };
      } catch (error) {
        return { problem: problemOf(request.holders[0] ?? '', error), envelope: null };
      }
    },
  };
}

/**
 * Opens every envelope of a request, and adds its key to those that the caller has, and wipes.
 *
 * @throws EnvelopeError when one can't be opened
 */
export async function openSealed(
  fleet: Fleet,
  { configFile, freshKeys, node }: Post,
  { operation, sealed }: PlaceRequest,
  keys: Map<Fingerprint, Buffer>,
): Promise<void> {
  if (!sealed) return;
  const errand = errandOf(fleet, operation);
  const { name: recipient } = await ownIdentity(configFile, node);
  const freshKey = freshKeys.privateKeyOf(sealed.freshKey, errand);
  if (freshKey === null)
    throw new EnvelopeError(
      'key-unavailable',
      recipient,
      'the fresh key of these envelopes is gone, by a restart, by its age, or because they were opened before; they are sealed again',
    );
  const opening = { errand, recipient, freshKey, approved: await approvedRecipients(fleet.configuration) };
  for (const [wanted, envelope] of Object.entries(sealed.envelopes)) {
    const { key, fingerprint, sender } = await open(Buffer.from(envelope, 'base64'), opening);
    keys.set(fingerprint, key);
    if (fingerprint === wanted) continue;
    throw new EnvelopeError(
      'envelope-misdirected',
      recipient,
      `the envelope of ${sender} holds another key than ${wanted}; a new one is asked for`,
    );
  }
}

function errandOf(fleet: Fleet, operation: string): Errand {
  return { fleet: fleet.configuration.fleet, operation };
}

function queueOf({ ownTaskQueue }: Post, name: string): string {
  if (ownTaskQueue !== null) return ownTaskQueue;
  throw new EnvelopeError(
    'identity-missing',
    name,
    'its worker was started before it had an identity; restart it',
  );
}

async function sealFor(fleet: Fleet, { configFile, node, way }: Post, request: SealRequest): Promise<Buffer> {
  const identity = await ownIdentity(configFile, node);
  const errand = errandOf(fleet, request.operation);
  const announcement = Buffer.from(request.announcement, 'base64');
  const announced = await readAnnouncement(
    announcement,
    errand,
    await approvedRecipients(fleet.configuration),
    identity.name,
  );
  const key = await fetchKey(fleet, way, request.key, request.holders);
  if (key === null)
    throw new NodeError(
      'key-unavailable',
      request.holders[0] ?? identity.name,
      `key ${request.key} is not here any more; it is looked for again`,
    );
  try {
    return await seal(key, errand, announced, identity);
  } finally {
    wipe(key);
  }
}
