import { ApplicationFailure } from '@temporalio/activity';
import { dirname } from 'node:path';
import { ConfigurationError, loadConfiguration, type Configuration } from '../configuration/load.js';
import { jumpsOf } from '../configuration/proxy-jump.js';
import { policyOf } from '../configuration/policy.js';
import { InventoryError, listInventory, type InventoryNode } from '../inventories/inventory.js';
import { fileVersion } from '../nodes/file-version.js';
import type { FleetMember } from '../nodes/ways.js';
import type { FleetDescription } from '../core/messages.js';

/** The worker's configuration, looked at anew for every activity, so that a change needs no restart. */
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

/** What was read of a configuration file last, and when its sources were asked. */
interface KnownFleet extends Fleet {
  readonly version: string;
  readonly listedAt: number;
}

const knownFleets = new Map<string, KnownFleet>();

/**
 * @throws ApplicationFailure, not retried here: `configuration`, where a person has to mend the file; `inventory`, where a
 * source gave no answer, which the operation that asked waits for
 */
export async function loadFleet(configFile: string, mostAgeMs = LISTING_MS): Promise<Fleet> {
  const version = await fileVersion(configFile).catch(() => ''); // reading it says what is wrong
  const known = knownFleets.get(configFile);
  const isAsItWas = known !== undefined && known.version === version;
  if (isAsItWas && Date.now() - known.listedAt < mostAgeMs) return known;
  const configuration = isAsItWas ? known.configuration : await readConfiguration(configFile);
  const listed = await listInventory(configuration, dirname(configFile)).catch((error: unknown) => {
    if (error instanceof InventoryError) throw ApplicationFailure.nonRetryable(error.message, 'inventory');
    throw error;
  });
  const nodes = listed.map((node) => memberOf(node, configuration));
  const fleet: KnownFleet = {
    ...{ configuration, nodes, version, listedAt: Date.now() },
    addressOf: addressBook(configFile, nodes),
  };
  knownFleets.set(configFile, fleet);
  return fleet;
}

async function readConfiguration(configFile: string): Promise<Configuration> {
  return loadConfiguration(configFile).catch((error: unknown) => {
    if (error instanceof ConfigurationError) throw configurationFailure(error.message);
    throw error;
  });
}

function addressBook(configFile: string, nodes: readonly FleetMember[]): Fleet['addressOf'] {
  const addresses = new Map(nodes.map((node) => [node.name, node]));
  return (name) => {
    const address = addresses.get(name);
    if (address) return address;
    throw configurationFailure(`node ${name} is not in the inventory of ${configFile} any more`);
  };
}

function memberOf(node: InventoryNode, { ssh }: Configuration): FleetMember {
  const { address } = node;
  if (address === undefined) return { ...node, isPull: true };
  const { proxyJump = ssh.proxyJump, ...rest } = node;
  const { identityFile, knownHosts } = ssh;
  return { ...rest, address, jumps: jumpsOf(proxyJump, ssh.user), identityFile, knownHosts };
}

/** @param isSearchable whether Temporal knows the attributes by which operations are found */
export function createFleetActivities(configFile: string, isSearchable: () => Promise<boolean>) {
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
          ...(hasSiteWorkers(node, configuration) && { hasSiteWorkers: true }),
        })),
        ...((await isSearchable()) && { isSearchable: true }),
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

/** A pull node's own worker comes before those of its site. */
function hasSiteWorkers(node: FleetMember, { sites }: Configuration): boolean {
  return !('isPull' in node) && sites[node.site]?.ownWorkers === true;
}

function configurationFailure(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'configuration');
}
