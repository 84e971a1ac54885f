import { INVENTORY_REMEDY, inventoryChangeText } from '../../core/inventory-change.js';
import type { FleetListing } from '../../workflows/listing.js';
import { EXIT } from '../errors.js';
import { listInventory } from '../look.js';
import { sendOrder } from '../operations.js';
import { confirm, show, table, type GlobalOptions, type Io } from '../output.js';
import { withSession } from '../session.js';

export interface InventoryOptions extends GlobalOptions {
  readonly accept?: boolean;
}

/** Lists the nodes as the worker's sources have them now; an inventory that lost nodes or doubled waits for a word. */
export function inventory(io: Io, options: InventoryOptions): Promise<number> {
  return withSession(options, async (session) => {
    const found = await listInventory(session);
    const isAccepted = options.accept === true && found.change !== null;
    if (isAccepted) {
      const question = `${inventoryChangeText(found.change)}: go by it from now on?`;
      if (!(await confirm(io, options, question))) return EXIT.done;
      await sendOrder(session, { kind: 'inventory', nodes: found.nodes.map(({ name }) => name) });
    }
    show(io, options, { ...found, accepted: isAccepted }, () => textOf(found, isAccepted));
    return found.change === null || isAccepted ? EXIT.done : EXIT.blocked;
  });
}

function textOf({ nodes, change }: FleetListing, isAccepted: boolean): string {
  const rows = nodes.map(({ name, site, canBeProbed }) => [name, site, canBeProbed ? 'yes' : 'no']);
  const remark = isAccepted ? 'accepted' : INVENTORY_REMEDY;
  return [
    table([['node', 'site', 'live probe'], ...rows]),
    ...(change === null ? [] : [`${inventoryChangeText(change)}; ${remark}`]),
  ].join('\n');
}
