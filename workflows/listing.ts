import { inventoryChange, type InventoryChange } from '../core/inventory-change.js';
import type { FleetNode } from '../core/messages.js';
import { describeFleet, readLedger } from './activity-proxies.js';

export interface FleetListing {
  readonly fleet: string;
  readonly nodes: readonly FleetNode[];
  /** Null unless it lost nodes that count, or doubled. */
  readonly change: InventoryChange | null;
}

/** Asks every source of the inventory. Visits no node and changes nothing. */
export async function listing({ fleet }: { fleet: string }): Promise<FleetListing> {
  const { nodes } = await describeFleet({ fleet });
  const ledger = await readLedger({ fleet });
  const change = inventoryChange(
    ledger,
    nodes.map(({ name }) => name),
  );
  return { fleet, nodes, change };
}
