/** Several sources make one fleet: by the names of nodes, and only where they agree. */
import { InventoryError, type ListedNode, type Listing } from './source.js';

export interface SourceListing extends Listing {
  readonly label: string;
}

interface Merged {
  readonly node: ListedNode;
  /** Which source said it, by field. */
  readonly saidBy: Readonly<Partial<Record<string, string>>>;
}

/**
 * Every node once, with what all sources say of it.
 *
 * @throws InventoryError when two of them disagree about one node, or list one machine under two names, a region of the
 * catalog has no node, or no source lists any
 */
export function mergeListings(listings: readonly SourceListing[]): ListedNode[] {
  const merged = new Map<string, Merged>();
  for (const { label, nodes } of listings) {
    for (const node of nodes) {
      const known = merged.get(node.name);
      const saidBy = Object.fromEntries(Object.keys(node).map((field) => [field, label]));
      merged.set(node.name, known ? combined(known, node, saidBy) : { node, saidBy });
    }
  }
  const nodes = [...merged.values()].map(({ node }) => node);
  if (nodes.length === 0)
    throw new InventoryError(
      'inventory: no source lists a node (a catalog does only with `endpointsAreNodes: true`); add one that does',
    );
  refuseMissingRegions(listings, nodes);
  return nodes;
}

function combined(known: Merged, node: ListedNode, saidBy: Merged['saidBy']): Merged {
  for (const [field, value] of Object.entries(node)) {
    const before = known.node[field as keyof ListedNode];
    if (before === undefined || before === value) continue;
    throw new InventoryError(
      `${known.saidBy[field]} and ${saidBy[field]} disagree about ${node.name}: ${field} is ${before} there and ${value} here; correct one of them`,
    );
  }
  return { node: { ...known.node, ...node }, saidBy: { ...saidBy, ...known.saidBy } };
}

/** A region without a node would be left out of every rotation. */
function refuseMissingRegions(listings: readonly SourceListing[], nodes: readonly ListedNode[]): void {
  const sites = new Set(nodes.map(({ site }) => site));
  for (const { label, regions = [] } of listings) {
    const missing = regions.filter((region) => !sites.has(region));
    if (missing.length === 0) continue;
    throw new InventoryError(
      `${label}: no node is in ${missing.map((region) => `region ${region}`).join(', ')} of the catalog (sites are ${[...sites].join(', ')}); list its nodes under a site of that name`,
    );
  }
}
