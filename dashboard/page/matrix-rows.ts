/** What the matrix shows, row by row: sites that fold into one row each, and nodes. */
import { grouped } from '../../core/grouped.js';
import { isDiffering, type NodesQuery } from '../nodes.js';
import type { Fleet, FleetKey, FleetNode } from '../schemas.js';

export interface SiteRow {
  readonly kind: 'site';
  readonly site: string;
  readonly isFolded: boolean;
  readonly nodes: number;
  readonly differing: number;
  /** How many of its nodes hold each key, in the order of the keys. */
  readonly holders: readonly number[];
  readonly unread: number;
}

export interface NodeRow {
  readonly kind: 'node';
  readonly node: FleetNode;
}

export type Row = SiteRow | NodeRow;

/** So many nodes are seen at once; from then on a site begins folded. */
const FEW_NODES = 40;

export function rowsOf(
  nodes: readonly FleetNode[],
  { keys }: Fleet,
  sort: NodesQuery['sort'],
  folds: Readonly<Record<string, boolean>>,
): Row[] {
  if (sort !== 'site') return nodes.map((node) => ({ kind: 'node', node }));
  return [...grouped(nodes, ({ site }) => site)].flatMap(([site, theirs]) => {
    const isFolded = folds[site] ?? nodes.length > FEW_NODES;
    const head = siteRow(site, theirs, keys, isFolded);
    // Those that stand out are seen in a folded site too.
    const shown = isFolded ? theirs.filter(isDiffering) : theirs;
    return [head, ...shown.map((node): NodeRow => ({ kind: 'node', node }))];
  });
}

function siteRow(
  site: string,
  nodes: readonly FleetNode[],
  keys: readonly FleetKey[],
  isFolded: boolean,
): SiteRow {
  const holders = new Map<string, number>();
  for (const node of nodes)
    for (const fingerprint of new Set(node.keys.map((key) => key.fingerprint)))
      holders.set(fingerprint, (holders.get(fingerprint) ?? 0) + 1);
  return {
    kind: 'site',
    site,
    isFolded,
    nodes: nodes.length,
    differing: nodes.filter(isDiffering).length,
    holders: keys.map(({ fingerprint }) => holders.get(fingerprint) ?? 0),
    unread: nodes.filter(({ reachable }) => !reachable).length,
  };
}

export interface CellWords {
  readonly icon: 'primary' | 'staged' | 'secondary' | 'missing' | 'unknown' | null;
  readonly text: string;
}

/** What one node has of one key. */
export function cellOf(node: FleetNode, key: FleetKey, isStale: boolean): CellWords {
  if (isStale || !node.reachable) return { icon: 'unknown', text: 'unknown' };
  const places = node.keys.filter(({ fingerprint }) => fingerprint === key.fingerprint);
  const [first] = [...places].sort((a, b) => RANK[a.state] - RANK[b.state]);
  if (first) {
    const text = places.map(({ state, index }) => `${state} ${index}`).join(', ');
    return { icon: first.state, text };
  }
  switch (key.role) {
    case 'incoming':
      return { icon: null, text: 'not yet' };
    case 'expired':
    case 'revoked':
      return { icon: null, text: 'gone' };
    default:
      return { icon: 'missing', text: 'missing' };
  }
}

const RANK = { primary: 0, staged: 1, secondary: 2 } as const;
