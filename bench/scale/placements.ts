/** What the passes of a rotation did to each node, read from its files and not from Temporal. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprintsIn, primaryNameOf } from '../../faults/repositories.js';
import { WORK_DIRECTORY } from '../../nodes/reading.js';
import type { Farm } from './farm.js';
import type { Pass } from './history.js';

/** Which file of a repository a pass leaves behind, in a fleet that was rotated before (`farm.ts`). */
const FILE_OF = {
  hold: () => '1',
  promote: primaryNameOf,
  stage: () => '0',
};

/**
 * How long each pass that places a key took for the slowest of some nodes, from its beginning to when the file was made there.
 * Read from outside, since a batch ends with the last of its nodes, and that may be an unruly one.
 *
 * @param names nodes that each pass reaches at once
 */
export function secondsOfPlacements(
  passes: readonly Pass[],
  { nodes }: Farm,
  names: ReadonlySet<string>,
): number[] {
  const repositoryOf = new Map(nodes.map(({ name, repository }) => [name, repository]));
  return passes.flatMap((pass) => {
    if (pass.kind !== 'place' || !(pass.placement.kind in FILE_OF)) return [];
    const fileOf = FILE_OF[pass.placement.kind as keyof typeof FILE_OF];
    const reached = pass.nodes.filter((name) => names.has(name)).map((name) => repositoryOf.get(name)!);
    const madeAt = reached.map((path) => statSync(join(path, fileOf(path))).mtimeMs);
    return reached.length === 0 ? [] : [(Math.max(...madeAt) - pass.scheduledAtMs) / 1000];
  });
}

/** Whether every node has the same keys, with the same uses. */
export function isInSync({ nodes }: Farm): boolean {
  return new Set(nodes.map(({ repository }) => usesIn(repository))).size === 1;
}

function usesIn(repository: string): string {
  const keys = fingerprintsIn(repository);
  const entries = readdirSync(repository).filter((name) => name !== WORK_DIRECTORY);
  if (entries.length !== keys.size) throw new Error(`${repository} has files that are no keys`);
  const primary = keys.get(Number(primaryNameOf(repository)));
  return [keys.get(0), primary, ...[...new Set(keys.values())].sort()].join(' ');
}
