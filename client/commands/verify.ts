import { INVENTORY_REMEDY, inventoryChangeText } from '../../core/inventory-change.js';
import type { NodeReport } from '../../core/sync.js';
import type { Verification } from '../../workflows/verification.js';
import { EXIT } from '../errors.js';
import { lookAtFleet } from '../look.js';
import { show, table, type GlobalOptions, type Io } from '../output.js';
import { withSession } from '../session.js';

/** Looks at every node now. Changes nothing. */
export function verify(io: Io, options: GlobalOptions): Promise<number> {
  return withSession(options, async (session) => {
    const found = await lookAtFleet(session);
    show(io, options, found, () => verificationText(found));
    return found.inSync ? EXIT.done : EXIT.drift;
  });
}

export function verificationText({ fleet, inSync, at, nodes, inventoryChange }: Verification): string {
  const fingerprints = [...new Set(nodes.flatMap(({ keys }) => keys.map(({ fingerprint }) => fingerprint)))];
  const rows = nodes.map((node) => [nameOf(node), node.site, ...fingerprints.map((key) => cell(node, key))]);
  return [
    `fleet ${fleet} is ${inSync ? 'in sync' : 'NOT in sync'} (${at})`,
    ...(inventoryChange
      ? [`  inventory-changed: ${inventoryChangeText(inventoryChange)}; ${INVENTORY_REMEDY}`]
      : []),
    table([['node', 'site', ...fingerprints], ...rows]),
    ...nodes.flatMap(({ problems }) => problems.map(({ code, message }) => `  ${code}: ${message}`)),
  ].join('\n');
}

/** A node that does not count as others do says so. */
function nameOf({ name, standing }: NodeReport): string {
  return standing === 'serving' ? name : `${name} (${standing})`;
}

/** A key may stand under several names. */
function cell(node: NodeReport, fingerprint: string): string {
  if (!node.reachable) return '?';
  const places = node.keys.filter((key) => key.fingerprint === fingerprint);
  return places.map(({ state, index }) => `${state} ${index}`).join(', ') || 'missing';
}
