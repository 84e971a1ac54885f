/** Whether an inventory can be what its sources meant to list: one that lost nodes, or doubled, needs a person's word. */
import type { Ledger } from './ledger.js';

/** From so many times the nodes that were known an inventory counts as a wrong one: another group, or every node twice. */
const DOUBLED = 2;

export interface InventoryChange {
  /** Nodes that count and are not listed any more. */
  readonly missing: readonly string[];
  readonly knownCount: number;
  readonly listedCount: number;
}

/**
 * Null for an inventory that may be gone by: the first one, one that lists every node that counts, and one that has lost only
 * nodes that an operator had fenced.
 */
export function inventoryChange(
  ledger: Pick<Ledger, 'nodes'>,
  listed: readonly string[],
): InventoryChange | null {
  const known = Object.entries(ledger.nodes);
  if (known.length === 0) return null;
  const isListed = new Set(listed);
  const missing = known
    .filter(([name, { standing }]) => standing !== 'fenced' && !isListed.has(name))
    .map(([name]) => name);
  if (missing.length === 0 && listed.length < DOUBLED * known.length) return null;
  return { missing, knownCount: known.length, listedCount: listed.length };
}

/** What changed, in a sentence. */
export function inventoryChangeText({ missing, knownCount, listedCount }: InventoryChange): string {
  const lost = missing.length === 0 ? '' : `, and lacks ${missing.join(', ')}`;
  return `the inventory lists ${listedCount} nodes where the fleet had ${knownCount}${lost}`;
}

export const INVENTORY_REMEDY =
  '`rotor inventory` shows it; if it is right, say `rotor inventory --accept`, else correct its sources';
