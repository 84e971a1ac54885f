/** The nodes of a configuration, whichever source names them. */
import type { Configuration } from './schema.js';

export type InventoryNode = Configuration['inventory'][number]['sites'][number]['nodes'][number] & {
  readonly site: string;
};

export function inventoryOf(configuration: Pick<Configuration, 'inventory'>): InventoryNode[] {
  return configuration.inventory.flatMap((source) =>
    source.sites.flatMap((site) => site.nodes.map((node) => ({ ...node, site: site.name }))),
  );
}
