import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { grouped } from '../../core/grouped.js';
import type { Settings } from './contestants.js';
import type { FarmNode } from './farm.js';

/** @returns the path of a `rotor.yaml` for a farm */
export function writeConfiguration(
  { farm, directory, temporalAddress, pauseMs, connections }: Settings,
  fleet: string,
) {
  const file = join(directory, 'rotor.yaml');
  const sites = [...grouped(farm.nodes, ({ site }) => site)].map(([name, nodes]) => ({
    name,
    nodes: nodes.map(inventoryEntry),
  }));
  const document = {
    fleet,
    temporal: { address: temporalAddress },
    // Over before the next step, so that each run is that of a fleet that rotates as rarely as it may.
    tokens: { expiration: '1s', allowExpiredWindow: '0s' },
    rotation: { pause: `${pauseMs}ms`, margin: '0s' },
    worker: { connections },
    ssh: { user: farm.user, identityFile: farm.identityFile, knownHosts: farm.knownHosts },
    inventory: [{ kind: 'static', sites }],
  };
  writeFileSync(file, JSON.stringify(document));
  return file;
}

function inventoryEntry({ name, address, port, repository }: FarmNode) {
  return { name, address, port, repository };
}
