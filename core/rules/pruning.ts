/** Rule 11: keys that no token can need are overwritten. */
import { place, type Decision } from '../decision.js';
import type { Fleet } from '../fleet.js';
import { primaryOf, secondaryIndexesOf } from '../repository.js';

export function pruneStep(fleet: Fleet): Decision | null {
  const removable = fleet.reusable.filter((key) => !fleet.live.includes(key));
  // A second name of a primary stays whatever its age; a step that can change nothing would be repeated for ever.
  const nodes = fleet.serving.filter(({ repository }) =>
    secondaryIndexesOf(repository).some(
      (index) => removable.includes(repository[index]!) && repository[index] !== primaryOf(repository),
    ),
  );
  const present = removable.filter((key) =>
    nodes.some(({ repository }) => Object.values(repository).includes(key)),
  );
  return place(
    'prune',
    { kind: 'expire' },
    nodes,
    (names) => `no valid token can need ${present.join(', ')} any more; overwritten on ${names}`,
    removable,
  );
}
