/** Filter and order of nodes: the server's for exports, the page's for what is shown. */
import type { FleetNode } from './schemas.js';

export interface NodesQuery {
  readonly search?: string | undefined;
  readonly site?: string | undefined;
  readonly only?: 'differing' | undefined;
  readonly sort: 'site' | 'name' | 'problems';
}

/** It stands out: not as the others are, or nobody knows how it is. */
export function isDiffering({ problems, reachable, standing }: FleetNode): boolean {
  return problems.length > 0 || !reachable || standing !== 'serving';
}

export function chosenNodes(nodes: readonly FleetNode[], query: NodesQuery): FleetNode[] {
  return nodes.filter((node) => isChosen(node, query)).sort(ORDERS[query.sort]);
}

function isChosen(node: FleetNode, { search, site, only }: NodesQuery): boolean {
  if (site !== undefined && node.site !== site) return false;
  if (only === 'differing' && !isDiffering(node)) return false;
  if (search === undefined || search === '') return true;
  const words = [node.name, node.site, node.standing, ...node.problems.map(({ code }) => code)];
  return words.join(' ').toLowerCase().includes(search.toLowerCase());
}

/** Numbers within names by size. */
const collator = new Intl.Collator('en', { numeric: true });

const byName = (a: FleetNode, b: FleetNode): number => collator.compare(a.name, b.name);
const bySite = (a: FleetNode, b: FleetNode): number => collator.compare(a.site, b.site) || byName(a, b);

const ORDERS: Readonly<Record<NodesQuery['sort'], (a: FleetNode, b: FleetNode) => number>> = {
  site: bySite,
  name: byName,
  problems: (a, b) => b.problems.length - a.problems.length || bySite(a, b),
};
