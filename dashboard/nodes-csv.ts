/** Nodes × keys as a spreadsheet reads them. */
import { stringify } from 'csv-stringify/sync';
import type { Fleet, FleetNode } from './schemas.js';

const COLUMNS = ['Node', 'Site', 'Standing', 'Seen', 'Known', 'Primary', 'Staged', 'Secondary', 'Problems'];

export function nodesCsv({ look, nodes }: Fleet): string {
  const rows = nodes.map((node) => [
    node.name,
    node.site,
    node.standing,
    node.seenAt,
    look?.isStale === false && node.reachable ? 'yes' : 'no',
    fingerprints(node, 'primary'),
    fingerprints(node, 'staged'),
    fingerprints(node, 'secondary'),
    node.problems.map(({ code }) => code).join(' '),
  ]);
  return stringify([COLUMNS, ...rows], { quoted_string: true, escape_formulas: true });
}

function fingerprints({ keys }: FleetNode, state: FleetNode['keys'][number]['state']): string {
  return keys.flatMap((key) => (key.state === state ? [key.fingerprint] : [])).join(' ');
}
