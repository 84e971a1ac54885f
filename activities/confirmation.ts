import { cloudAccount } from '../configuration/clouds.js';
import { ConfigurationError, resolvePassword, type Configuration } from '../configuration/load.js';
import { entriesOf, primaryOf, type Fingerprint, type Repository } from '../core/repository.js';
import { wipe } from '../keys/key.js';
import { passwordCredentials, type Credentials } from '../keystone/identity.js';
import { probe } from '../keystone/probe.js';
import type { FleetMember, WayToNodes } from '../nodes/ways.js';
import { NodeError } from '../nodes/node-error.js';
import { readKey } from '../nodes/reading.js';
import type { RepositoryFiles } from '../nodes/repository-files.js';
import { forEachNode } from './batch.js';
import { loadFleet, type Fleet } from './fleet.js';
import type { NodeOutcome, NodeToPlace, ProbeRequest } from '../core/messages.js';
import { problemOf } from './node-failures.js';

export function createConfirmationActivities(configFile: string, way: WayToNodes) {
  return {
    /**
     * Asks the running Keystone of each node: a token of our own, sealed again under each key, must be accepted, and a
     * control token under an unknown key must not. No problem means that every key was accepted.
     */
    async probeNodes(request: ProbeRequest): Promise<NodeOutcome[]> {
      const fleet = await loadFleet(configFile);
      return forEachNode(
        request.nodes,
        (target) => target.node,
        (target) => probeNode(fleet, way, target, request.keys),
      );
    },
  };
}

async function probeNode(
  fleet: Fleet,
  way: WayToNodes,
  target: NodeToPlace,
  wanted: readonly Fingerprint[],
): Promise<NodeOutcome> {
  const { node, surveyed } = target;
  const { repository } = surveyed;
  const buffers: Buffer[] = [];
  try {
    const address = fleet.addressOf(node);
    // A token is sealed again with the key that made it, which is the primary, or was a moment ago.
    const needed = wanted.length === 0 ? [] : [...new Set([primaryOf(repository)!, ...wanted])];
    const keys = await way.use(address, (files) => readKeys(files, node, repository, needed));
    buffers.push(...keys.values());
    const { refused, clockOffsetMs } = await probe({
      url: address.keystone!,
      credentials: await credentialsOf(fleet.configuration, address),
      issuingKeys: [...keys.values()],
      keys: wanted.map((fingerprint) => ({ fingerprint, key: keys.get(fingerprint)! })),
    });
    if (refused.length > 0) throw refusal(node, refused);
    return { node, problem: null, ...(clockOffsetMs !== undefined && { clockOffsetMs }) };
  } catch (error) {
    return { node, problem: problemOf(node, error) };
  } finally {
    wipe(...buffers);
  }
}

async function readKeys(
  files: RepositoryFiles,
  node: string,
  repository: Repository,
  wanted: readonly Fingerprint[],
): Promise<Map<Fingerprint, Buffer>> {
  const keys = new Map<Fingerprint, Buffer>();
  for (const key of wanted) {
    const entry = entriesOf(repository).find(({ fingerprint }) => fingerprint === key);
    if (!entry)
      throw new NodeError('key-unavailable', node, `key ${key} is not on the node, so it can't be probed`);
    keys.set(key, await readKey(files, `${entry.index}`, key));
  }
  return keys;
}

async function credentialsOf({ keystone }: Configuration, { name }: FleetMember): Promise<Credentials> {
  if (!keystone) throw new NodeError('configuration', name, 'no `keystone` section to sign in with');
  if (!('cloud' in keystone))
    return passwordCredentials({ ...keystone, password: resolvePassword(keystone.password) });
  try {
    return await cloudAccount(keystone.cloud);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new NodeError('configuration', name, error.message);
    throw error;
  }
}

function refusal(node: string, refused: readonly Fingerprint[]): NodeError {
  return new NodeError(
    'probe-refused',
    node,
    `its Keystone does not accept ${refused.join(', ')} though the key is in the repository that rotor reads; check that ` +
      `[fernet_tokens] key_repository of that Keystone is the \`repository\` of this node`,
  );
}
