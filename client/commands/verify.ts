import { INVENTORY_REMEDY, inventoryChangeText } from '../../core/inventory-change.js';
import type { Verification } from '../../workflows/verification.js';
import { EXIT } from '../errors.js';
import { fleetText } from '../fleet-text.js';
import { lookAtFleet } from '../look.js';
import type { GlobalOptions, Io, ListOptions } from '../output.js';
import { withSession } from '../session.js';
import { checkColumns, showList, type List } from '../table.js';

const COLUMNS = ['Node', 'Site', 'Standing', 'Index', 'Fingerprint', 'State', 'Problems'];

/** Looks at every node now. Changes nothing. */
export async function verify(io: Io, options: GlobalOptions & ListOptions): Promise<number> {
  checkColumns(options, COLUMNS);
  return withSession(options, async (session) => {
    const view = await lookAtFleet(session);
    showList(io, options, { document: view, text: () => textOf(view, io), list: () => keysOf(view) });
    return view.inSync ? EXIT.done : EXIT.drift;
  });
}

/** A row for each key file; one without a key for a node that has none, or could not be read. */
function keysOf({ nodes }: Verification): List {
  const rows = nodes.flatMap(({ name, site, standing, keys, problems }) => {
    const codes = problems.map(({ code }) => code).join(' ') || null;
    const files = keys.length > 0 ? keys : [{ index: null, fingerprint: null, state: null }];
    return files.map(({ index, fingerprint, state }) => [
      name,
      site,
      standing,
      index,
      fingerprint,
      state,
      codes,
    ]);
  });
  return { columns: COLUMNS, rows };
}

function textOf(found: Verification, io: Io): string {
  const { inventoryChange } = found;
  if (inventoryChange === null) return fleetText(found, io);
  return `${fleetText(found, io)}\n  inventory-changed: ${inventoryChangeText(inventoryChange)}; ${INVENTORY_REMEDY}`;
}
