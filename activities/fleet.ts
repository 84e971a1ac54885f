import { ApplicationFailure } from '@temporalio/activity';
import { inventoryOf } from '../configuration/inventory.js';
import { ConfigurationError, loadConfiguration, type Configuration } from '../configuration/load.js';
import { policyOf } from '../configuration/policy.js';
import type { NodeAddress } from '../nodes/connections.js';
import type { FleetDescription } from '../core/messages.js';

/** The worker's configuration, read anew for every activity, so that a change needs no restart. */
export interface Fleet {
  readonly configuration: Configuration;
  /** @throws ApplicationFailure when the inventory has no such node (any more) */
  readonly addressOf: (node: string) => NodeAddress;
}

/** @throws ApplicationFailure of type `configuration`, not retried: a person has to mend the file */
export async function loadFleet(configFile: string): Promise<Fleet> {
  const configuration = await loadConfiguration(configFile).catch((error: unknown) => {
    if (error instanceof ConfigurationError) throw configurationFailure(error.message);
    throw error;
  });
  const addresses = new Map(addressesOf(configuration).map((node) => [node.name, node]));
  return {
    configuration,
    addressOf: (name) => {
      const address = addresses.get(name);
      if (!address)
        throw configurationFailure(`node ${name} is not in the inventory of ${configFile} any more`);
      return address;
    },
  };
}

function addressesOf(configuration: Configuration): NodeAddress[] {
  const { user, identityFile, knownHosts } = configuration.ssh;
  return inventoryOf(configuration).map((node) => ({
    name: node.name,
    site: node.site,
    address: node.address,
    port: node.port,
    repository: node.repository,
    user: node.user ?? user,
    identityFile,
    knownHosts,
    ...(node.keystone !== undefined && { keystone: node.keystone }),
  }));
}

export function createFleetActivities(configFile: string) {
  return {
    /** Lists the nodes, and the settings that a rotation goes by. */
    async describeFleet(expected: { fleet: string }): Promise<FleetDescription> {
      const { configuration } = await loadFleet(configFile);
      if (configuration.fleet !== expected.fleet) {
        throw configurationFailure(
          `this worker's configuration is for the fleet ${configuration.fleet}, not ${expected.fleet}`,
        );
      }
      return {
        fleet: configuration.fleet,
        nodes: addressesOf(configuration).map(({ name, site, keystone }) => ({
          name,
          site,
          canBeProbed: keystone !== undefined && configuration.keystone !== undefined,
        })),
        policy: policyOf(configuration),
        pauseMs: configuration.rotation.pause,
        waitForNodeMs: configuration.rotation.waitForNode,
        everyMs: configuration.rotation.every,
      };
    },
  };
}

function configurationFailure(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'configuration');
}
