/** Where a worker of each kind polls, and what it does there. */
import { dirname } from 'node:path';
import type { Client } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';
import { createActivities, createNodeActivities } from '../activities/index.js';
import { ownIdentity } from '../activities/own-identity.js';
import type { Post } from '../activities/transit.js';
import { readIdentityFiles } from '../configuration/identity-files.js';
import { ConfigurationError, type Configuration } from '../configuration/load.js';
import { listInventory } from '../inventories/inventory.js';
import { FreshKeys } from '../envelopes/fresh-keys.js';
import type { NodeConnections } from '../nodes/connections.js';
import { WayAtHome, WayBySsh } from '../nodes/ways.js';
import { nodeTaskQueueOf, siteTaskQueueOf, taskQueueOf, workerTaskQueueOf } from '../workflows/messages.js';
import { isEncrypting } from '../payloads/data-converter.js';
import { workflowSource } from './bundle.js';

/** One task queue that this process polls. */
export type Stand = Pick<WorkerOptions, 'activities' | 'workflowBundle' | 'workflowsPath'> & {
  readonly taskQueue: string;
};

/**
 * The fleet's worker: workflows, and every node that has an address. With an identity it polls a queue of its own besides,
 * because what is sealed to one worker can't be opened by another.
 */
export async function fleetStands(
  configFile: string,
  configuration: Configuration,
  connections: NodeConnections,
  client: Client,
  isSearchable: () => Promise<boolean>,
): Promise<Stand[]> {
  const { fleet } = configuration;
  const hasIdentity = (await readIdentityFiles(configFile)) !== null;
  const ownTaskQueue = hasIdentity
    ? workerTaskQueueOf(fleet, (await ownIdentity(configFile, null)).name)
    : null;
  const post = fleetPost(configFile, connections, ownTaskQueue);
  const main = {
    taskQueue: taskQueueOf(fleet),
    ...workflowSource(isEncrypting(configuration) ? 'encrypting' : 'plain'),
    activities: createActivities(post, client, isSearchable),
  };
  if (ownTaskQueue === null) return [main];
  return [main, { taskQueue: ownTaskQueue, activities: createNodeActivities(post) }];
}

/** Where a worker stands that reaches nodes by SSH. */
export function fleetPost(
  configFile: string,
  connections: NodeConnections,
  ownTaskQueue: string | null,
): Post {
  const way = new WayBySsh(connections);
  return { configFile, way, freshKeys: new FreshKeys(), node: null, ownTaskQueue };
}

/**
 * A worker of a site that has its own: the nodes there, and no workflows. Keys come to it and leave it in envelopes, so it needs
 * an identity, whose name no other worker has.
 *
 * @throws ConfigurationError when the configuration has no such site; EnvelopeError without an identity
 */
export async function siteStands(
  configFile: string,
  configuration: Configuration,
  site: string,
  connections: NodeConnections,
): Promise<Stand[]> {
  const { fleet, sites } = configuration;
  if (sites[site]?.ownWorkers !== true) {
    const message = `expected \`ownWorkers: true\`, without which the fleet's workers act there; got ${site in sites ? 'none' : 'no such site'}`;
    throw new ConfigurationError(configFile, [{ path: `sites.${site}`, message }]);
  }
  const nodes = await listInventory(configuration, dirname(configFile));
  if (!nodes.some((node) => node.site === site)) {
    const message = `expected a node at site ${site}, got none; sites are ${[...new Set(nodes.map((node) => node.site))].join(', ')}`;
    throw new ConfigurationError(configFile, [{ path: 'inventory', message }]);
  }
  const { name } = await ownIdentity(configFile, null);
  const ownTaskQueue = workerTaskQueueOf(fleet, name);
  const activities = createNodeActivities(fleetPost(configFile, connections, ownTaskQueue));
  return [siteTaskQueueOf(fleet, site), ownTaskQueue].map((taskQueue) => ({ taskQueue, activities }));
}

/**
 * The worker of a pull node: no workflows, no credentials, its own files only.
 *
 * @throws ConfigurationError when the inventory has no such pull node; EnvelopeError without an identity of this name
 */
export async function nodeStand(
  configFile: string,
  configuration: Configuration,
  node: string,
): Promise<Stand> {
  const nodes = await listInventory(configuration, dirname(configFile));
  const known = nodes.find(({ name }) => name === node);
  if (known?.pull !== true) {
    const message = `expected a node ${node} with \`pull: true\`, got ${known ? 'one that is reached by SSH' : 'none'}`;
    throw new ConfigurationError(configFile, [{ path: 'inventory', message }]);
  }
  await ownIdentity(configFile, node);
  const taskQueue = nodeTaskQueueOf(configuration.fleet, node);
  const way = new WayAtHome(node);
  const post: Post = { configFile, way, freshKeys: new FreshKeys(), node, ownTaskQueue: taskQueue };
  return { taskQueue, activities: createNodeActivities(post) };
}
