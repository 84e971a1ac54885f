/** The nodes of a configuration, whichever sources name them. */
import type { Configuration } from '../configuration/load.js';
import type { InventorySource } from '../configuration/inventory-schema.js';
import { ansibleSource } from './ansible.js';
import { catalogSource } from './catalog.js';
import { commandSource } from './command.js';
import { mergeListings } from './merge.js';
import { InventoryError, type ListedNode, type Source } from './source.js';
import { staticSource } from './static.js';

export { InventoryError } from './source.js';

const DEFAULT_PORT = 22;
const DEFAULT_REPOSITORY = '/etc/keystone/fernet-keys';

export type InventoryNode = ListedNode & {
  readonly port: number;
  readonly user: string;
  readonly repository: string;
};

type Settings = Pick<Configuration, 'inventory' | 'ssh' | 'keystone' | 'keystoneConf'>;

/**
 * Asks every source, and merges what they list. All of them, or none.
 *
 * @param folder where relative names of a program's files start: that of the configuration
 * @throws InventoryError that names the source, the place in it and the remedy
 */
export async function listInventory(settings: Settings, folder: string): Promise<InventoryNode[]> {
  const sources = settings.inventory.map((source, index) => sourceOf(source, index, settings, folder));
  const listings = await Promise.all(
    sources.map(async (source) => ({ label: source.label, ...(await source.list()) })),
  );
  const nodes = mergeListings(listings).map((node) => withDefaults(node, settings));
  refuseTwins(nodes);
  return nodes;
}

function sourceOf(source: InventorySource, index: number, settings: Settings, folder: string): Source {
  const label = (what: string) => `inventory[${index}] (${source.kind}${what && ` ${what}`})`;
  switch (source.kind) {
    case 'static':
      return staticSource(source, label(''));
    case 'ansible':
      return ansibleSource(source, label(source.path), folder);
    case 'command':
      return commandSource(source, label(source.argv[0]!), folder);
    case 'catalog': {
      const cloud =
        source.cloud ??
        (settings.keystone && 'cloud' in settings.keystone ? settings.keystone.cloud : undefined);
      return catalogSource({ ...source, ...(cloud !== undefined && { cloud }) }, label(cloud ?? ''));
    }
  }
}

function withDefaults(node: ListedNode, { ssh, keystoneConf }: Settings): InventoryNode {
  return {
    ...node,
    port: node.port ?? DEFAULT_PORT,
    user: node.user ?? ssh.user,
    repository: node.repository ?? DEFAULT_REPOSITORY,
    ...(node.keystoneConf === undefined && keystoneConf !== undefined && { keystoneConf }),
  };
}

/** Two names of one repository would count as two nodes that confirm each other. */
function refuseTwins(nodes: readonly InventoryNode[]): void {
  const names = new Map<string, string>();
  for (const { name, address, port, repository, pull, proxyJump } of nodes) {
    if (pull) continue; // its machine is wherever its worker runs
    const place = `${address}:${port}${repository}`;
    // The same address may be another machine where another host leads there.
    const way = `${proxyJump ?? ''} ${place}`;
    const twin = names.get(way);
    if (twin !== undefined)
      throw new InventoryError(
        `inventory: ${twin} and ${name} are the same repository, ${place}; list it once, or correct an address`,
      );
    names.set(way, name);
  }
}
