import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { Fingerprint } from '../core/repository.js';
import { wipe } from '../keys/key.js';
import type { NodeConnections } from '../nodes/connections.js';
import { NodeError } from '../nodes/node-error.js';
import { readKey, readRepository } from '../nodes/reading.js';
import { place, placeNewKey } from '../nodes/writer.js';
import { forEachNode, whileHeartbeating } from './batch.js';
import { loadFleet, type Fleet } from './fleet.js';
import type { MakeOutcome, MakeRequest, NodeOutcome, NodeToPlace, PlaceRequest } from '../core/messages.js';
import { problemOf } from './node-failures.js';

/** The activities that write on nodes. Each may be run again at any time: it goes on where the last attempt stopped. */
export function createPlacementActivities(configFile: string, connections: NodeConnections) {
  return {
    /** Makes a key and places it on one node, so that no key ever is in a worker alone. */
    async makeKey(request: MakeRequest): Promise<MakeOutcome> {
      const fleet = await loadFleet(configFile);
      const [outcome] = await forEachNode([request.node], nameOf, (target) =>
        makeOn(fleet, connections, target, request),
      );
      return outcome!;
    },

    /** Brings nodes to a placement. A key that a node lacks is read from one that holds it. */
    async placeOnNodes(request: PlaceRequest): Promise<NodeOutcome[]> {
      const fleet = await loadFleet(configFile);
      const notBegun = { done: 0, total: request.nodes.length, running: [] };
      const keys = await whileHeartbeating(
        () => notBegun,
        () => fetchKeys(fleet, connections, request),
      );
      try {
        return await forEachNode(request.nodes, nameOf, (target) =>
          placeOn(fleet, connections, target, request, keys),
        );
      } finally {
        wipe(...keys.values());
      }
    },
  };
}

const nameOf = (target: NodeToPlace): string => target.node;

async function makeOn(
  fleet: Fleet,
  connections: NodeConnections,
  target: NodeToPlace,
  request: MakeRequest,
): Promise<MakeOutcome> {
  try {
    const placed = await connections.use(fleet.addressOf(target.node), (files) =>
      placeNewKey(files, visitOf(target, request)),
    );
    return { node: target.node, problem: null, key: placed.key, clockOffsetMs: placed.clockOffsetMs };
  } catch (error) {
    return { node: target.node, problem: problemOf(target.node, error), key: null };
  }
}

async function placeOn(
  fleet: Fleet,
  connections: NodeConnections,
  target: NodeToPlace,
  request: PlaceRequest,
  keys: ReadonlyMap<Fingerprint, Buffer>,
): Promise<NodeOutcome> {
  try {
    const placed = await connections.use(fleet.addressOf(target.node), (files) =>
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

/** The bytes of every key that a node may lack, as far as a holder can give them; where none can, each node says so. */
async function fetchKeys(
  fleet: Fleet,
  connections: NodeConnections,
  { holders }: PlaceRequest,
): Promise<Map<Fingerprint, Buffer>> {
  const keys = new Map<Fingerprint, Buffer>();
  for (const [key, names] of Object.entries(holders)) {
    const bytes = await fetchKey(fleet, connections, key, names);
    if (bytes) keys.set(key, bytes);
  }
  return keys;
}

async function fetchKey(
  fleet: Fleet,
  connections: NodeConnections,
  key: Fingerprint,
  holders: readonly string[],
): Promise<Buffer | null> {
  for (const holder of holders) {
    try {
      return await connections.use(fleet.addressOf(holder), async (files) => {
        const name = (await readRepository(files)).fileOf.get(key);
        if (name === undefined)
          throw new NodeError('key-unavailable', holder, `key ${key} is not here any more`);
        return readKey(files, name, key);
      });
    } catch {
      continue; // the next holder may do
    }
  }
  return null;
}
