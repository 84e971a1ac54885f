import { INVENTORY_REMEDY, inventoryChangeText } from '../../core/inventory-change.js';
import type { FleetListing } from '../../workflows/listing.js';
import { EXIT } from '../errors.js';
import { listInventory } from '../look.js';
import { sendOrder } from '../operations.js';
import { confirm, type GlobalOptions, type Io, type ListOptions } from '../output.js';
import { withSession } from '../session.js';
import { checkColumns, formatList, showList, type List } from '../table.js';

const COLUMNS = ['Node', 'Site', 'Live Probe'];

export interface InventoryOptions extends GlobalOptions, ListOptions {
  readonly accept?: boolean;
}

/** Lists the nodes as the worker's sources have them now; an inventory that lost nodes or doubled waits for a word. */
export async function inventory(io: Io, options: InventoryOptions): Promise<number> {
  checkColumns(options, COLUMNS);
  return withSession(options, async (session) => {
    const found = await listInventory(session);
    const isAccepted = options.accept === true && found.change !== null;
    if (isAccepted) {
      const question = `${inventoryChangeText(found.change)}: go by it from now on?`;
      if (!(await confirm(io, options, question))) return EXIT.done;
      await sendOrder(session, { kind: 'inventory', nodes: found.nodes.map(({ name }) => name) });
    }
    showList(io, options, {
      document: { ...found, accepted: isAccepted },
      text: () => textOf(found, isAccepted),
      list: () => listOf(found),
    });
    return found.change === null || isAccepted ? EXIT.done : EXIT.blocked;
  });
}

function listOf({ nodes }: FleetListing): List {
  const rows = nodes.map(({ name, site, canBeProbed }) => [name, site, canBeProbed ? 'yes' : 'no']);
  return { columns: COLUMNS, rows };
}

function textOf(found: FleetListing, isAccepted: boolean): string {
  const { change } = found;
  const remark = isAccepted ? 'accepted' : INVENTORY_REMEDY;
  return [
    formatList(listOf(found), {}),
    ...(change === null ? [] : [`${inventoryChangeText(change)}; ${remark}`]),
  ].join('\n');
}
