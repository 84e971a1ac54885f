import { ApplicationFailure } from '@temporalio/activity';
import { dirname } from 'node:path';
import { ConfigurationError, loadConfiguration, type Configuration } from '../configuration/load.js';
import { policyOf } from '../configuration/policy.js';
import { InventoryError, listInventory, type InventoryNode } from '../inventories/inventory.js';
import type { FleetMember } from '../nodes/ways.js';
import type { FleetDescription } from '../core/messages.js';

/** The worker's configuration, read anew for every activity, so that a change needs no restart. */
export interface Fleet {
  readonly configuration: Configuration;
  readonly nodes: readonly FleetMember[];
  /** @throws ApplicationFailure when the inventory has no such node (any more) */
  readonly addressOf: (node: string) => FleetMember;
}

/**
 * Sources may be programs that take seconds, so one listing serves the activities of about one step. What an operation goes
 * by is `describeFleet`, which always asks anew.
 */
const LISTING_MS = 60_000;

interface KnownListing {
  readonly settings: string;
  readonly at: number;
  readonly nodes: readonly InventoryNode[];
}

const listings = new Map<string, KnownListing>();

/**
 * @throws ApplicationFailure, not retried here: `configuration`, where a person has to mend the file; `inventory`, where a
 * source gave no answer, which the operation that asked waits for
 */
export async function loadFleet(configFile: string, mostAgeMs = LISTING_MS): Promise<Fleet> {
  const configuration = await loadConfiguration(configFile).catch((error: unknown) => {
    if (error instanceof ConfigurationError) throw configurationFailure(error.message);
    throw error;
  });
  const nodes = (await listNodes(configFile, configuration, mostAgeMs)).map((node) =>
    memberOf(node, configuration),
  );
  const addresses = new Map(nodes.map((node) => [node.name, node]));
  return {
    configuration,
    nodes,
    addressOf: (name) => {
      const address = addresses.get(name);
      if (!address)
        throw configurationFailure(`node ${name} is not in the inventory of ${configFile} any more`);
      return address;
    },
  };
}

async function listNodes(
  configFile: string,
  configuration: Configuration,
  mostAgeMs: number,
): Promise<readonly InventoryNode[]> {
  const settings = JSON.stringify(configuration);
  const known = listings.get(configFile);
  if (known && known.settings === settings && Date.now() - known.at < mostAgeMs) return known.nodes;
  const nodes = await listInventory(configuration, dirname(configFile)).catch((error: unknown) => {
    if (error instanceof InventoryError) throw ApplicationFailure.nonRetryable(error.message, 'inventory');
    throw error;
  });
  listings.set(configFile, { settings, at: Date.now(), nodes });
  return nodes;
}

function memberOf(node: InventoryNode, { ssh }: Configuration): FleetMember {
  const { address } = node;
  if (address === undefined) return { ...node, isPull: true };
  return { ...node, address, identityFile: ssh.identityFile, knownHosts: ssh.knownHosts };
}

export function createFleetActivities(configFile: string) {
  return {
    /** Asks every source for the nodes, and reads the settings that a rotation goes by. */
    async describeFleet(expected: { fleet: string }): Promise<FleetDescription> {
      const { configuration, nodes } = await loadFleet(configFile, 0);
      if (configuration.fleet !== expected.fleet) {
        throw configurationFailure(
          `this worker's configuration is for the fleet ${configuration.fleet}, not ${expected.fleet}`,
        );
      }
      return {
        fleet: configuration.fleet,
        nodes: nodes.map((node) => ({
          name: node.name,
          site: node.site,
          canBeProbed: node.keystone !== undefined && configuration.keystone !== undefined,
          ...('isPull' in node && { isPull: true }),
        })),
        policy: policyOf(configuration),
        pauseMs: configuration.rotation.pause,
        waitForNodeMs: configuration.rotation.waitForNode,
        everyMs: configuration.rotation.every,
        ...(configuration.notifications.length > 0 && {
          webhooks: configuration.notifications.map(({ name, events }) => ({ name, events })),
        }),
      };
    },
  };
}

function configurationFailure(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'configuration');
}
