import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { Fingerprint } from '../core/repository.js';
import { wipe } from '../keys/key.js';
import type { WayToNodes } from '../nodes/ways.js';
import { EnvelopeError } from '../envelopes/envelope-error.js';
import { NodeError } from '../nodes/node-error.js';
import { place, placeNewKey } from '../nodes/writer.js';
import { forEachNode, whileHeartbeating } from './batch.js';
import { loadFleet, type Fleet } from './fleet.js';
import { fetchKey } from './holders.js';
import type { MakeOutcome, MakeRequest, NodeOutcome, NodeToPlace, PlaceRequest } from '../core/messages.js';
import { problemOf } from './node-failures.js';
import { openSealed, type Post } from './transit.js';

/** The activities that write on nodes. Each may be run again at any time: it goes on where the last attempt stopped. */
export function createPlacementActivities(post: Post) {
  const { configFile, way } = post;
  return {
    /** Makes a key and places it on one node, so that no key ever is in a worker alone. */
    async makeKey(request: MakeRequest): Promise<MakeOutcome> {
      const fleet = await loadFleet(configFile);
      const [outcome] = await forEachNode([request.node], nameOf, (target) =>
        makeOn(fleet, way, target, request),
      );
      return outcome!;
    },

    /** Brings nodes to a placement. A key that a node lacks is read from one that holds it. */
    async placeOnNodes(request: PlaceRequest): Promise<NodeOutcome[]> {
      const fleet = await loadFleet(configFile);
      try {
        return await placeOnAll(fleet, post, request);
      } finally {
        if (request.sealed) post.freshKeys.destroy(request.sealed.freshKey);
      }
    },
  };
}

async function placeOnAll(fleet: Fleet, post: Post, request: PlaceRequest): Promise<NodeOutcome[]> {
  const keys = new Map<Fingerprint, Buffer>();
  try {
    await openSealed(fleet, post, request, keys);
    const notBegun = { done: 0, total: request.nodes.length, running: [] };
    await whileHeartbeating(
      () => notBegun,
      () => fetchKeys(fleet, post.way, request, keys),
    );
    return await forEachNode(request.nodes, nameOf, (target) =>
      placeOn(fleet, post.way, target, request, keys),
    );
  } catch (error) {
    // Before any node was visited: with an envelope that is refused nothing is written, not even a lock.
    if (!(error instanceof EnvelopeError)) throw error;
    return request.nodes.map(({ node }) => ({ node, problem: problemOf(node, error) }));
  } finally {
    wipe(...keys.values());
  }
}

const nameOf = (target: NodeToPlace): string => target.node;

async function makeOn(
  fleet: Fleet,
  way: WayToNodes,
  target: NodeToPlace,
  request: MakeRequest,
): Promise<MakeOutcome> {
  try {
    const placed = await way.use(fleet.addressOf(target.node), (files) =>
      placeNewKey(files, visitOf(target, request)),
    );
    return { node: target.node, problem: null, key: placed.key, clockOffsetMs: placed.clockOffsetMs };
  } catch (error) {
    return { node: target.node, problem: problemOf(target.node, error), key: null };
  }
}

async function placeOn(
  fleet: Fleet,
  way: WayToNodes,
  target: NodeToPlace,
  request: PlaceRequest,
  keys: ReadonlyMap<Fingerprint, Buffer>,
): Promise<NodeOutcome> {
  try {
    const placed = await way.use(fleet.addressOf(target.node), (files) =>
      place(files, {
        ...visitOf(target, request),
        placement: request.placement,
        keyFor: (wanted) => copyOf(keys.get(wanted), target.node, wanted),
      }),
    );
    return { node: target.node, problem: null, clockOffsetMs: placed.clockOffsetMs };
  } catch (error) {
    return { node: target.node, problem: problemOf(target.node, error) };
  }
}

/** What a visit needs; its attempt has a name that no other ever had, so that nothing of an earlier one can be taken for its own. */
function visitOf(target: NodeToPlace, request: PlaceRequest | MakeRequest) {
  const { cancellationSignal } = Context.current();
  return {
    node: target.node,
    surveyed: target.surveyed,
    holder: { operation: request.operation, attempt: randomUUID() },
    expired: [...request.expired],
    pauseMs: request.pauseMs,
    signal: cancellationSignal,
  };
}

/** The writer wipes what it is given, and the batch needs the key for the next node. */
function copyOf(key: Buffer | undefined, node: string, wanted: Fingerprint): Promise<Buffer> {
  if (key) return Promise.resolve(Buffer.from(key));
  return Promise.reject(
    new NodeError('key-unavailable', node, `key ${wanted} is not on the node and no other could give it`),
  );
}

/** Adds every key that a node may lack, as far as a holder can give it; where none can, each node says so. */
async function fetchKeys(
  fleet: Fleet,
  way: WayToNodes,
  { holders }: PlaceRequest,
  keys: Map<Fingerprint, Buffer>,
): Promise<void> {
  for (const [key, names] of Object.entries(holders)) {
    const bytes = keys.has(key) ? null : await fetchKey(fleet, way, key, names);
    if (bytes) keys.set(key, bytes);
  }
}
