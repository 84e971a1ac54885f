import { ApplicationFailure } from '@temporalio/activity';
import { inventoryOf } from '../configuration/inventory.js';
import { ConfigurationError, loadConfiguration, type Configuration } from '../configuration/load.js';
import { policyOf } from '../configuration/policy.js';
import type { FleetMember } from '../nodes/ways.js';
import type { FleetDescription } from '../core/messages.js';

/** The worker's configuration, read anew for every activity, so that a change needs no restart. */
export interface Fleet {
  readonly configuration: Configuration;
  /** @throws ApplicationFailure when the inventory has no such node (any more) */
  readonly addressOf: (node: string) => FleetMember;
}

/** @throws ApplicationFailure of type `configuration`, not retried: a person has to mend the file */
export async function loadFleet(configFile: string): Promise<Fleet> {
  const configuration = await loadConfiguration(configFile).catch((error: unknown) => {
    if (error instanceof ConfigurationError) throw configurationFailure(error.message);
    throw error;
  });
  const addresses = new Map(membersOf(configuration).map((node) => [node.name, node]));
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

function membersOf(configuration: Configuration): FleetMember[] {
  const { user, identityFile, knownHosts } = configuration.ssh;
  return inventoryOf(configuration).map((node) => {
    const { name, site, repository, keystone, address, port } = node;
    const place = { name, site, repository, ...(keystone !== undefined && { keystone }) };
    if (address === undefined) return { ...place, isPull: true };
    return { ...place, address, port, user: node.user ?? user, identityFile, knownHosts };
  });
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
        nodes: membersOf(configuration).map((node) => ({
          name: node.name,
          site: node.site,
          canBeProbed: node.keystone !== undefined && configuration.keystone !== undefined,
          ...('isPull' in node && { isPull: true }),
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
