/** Rules 8 and 9: how a key becomes the primary of all nodes. */
import { list, place, type Decision, type Phase } from '../decision.js';
import { holdersOf, type Fleet } from '../fleet.js';
import { readState } from '../key-states.js';
import { primaryOf, type Fingerprint } from '../repository.js';
import type { NodeView } from '../survey.js';

/**
 * A key may write only where all can surely read it, and the key that follows it as well: whatever is only rumoured to be
 * read is asked about first.
 */
export function promoteInWaves(
  fleet: Fleet,
  phase: Phase,
  nodes: readonly NodeView[],
  key: Fingerprint,
  following: Fingerprint | null,
): Decision | null {
  const keys = following !== null && holdersOf(nodes, following) > 0 ? [key, following] : [key];
  return (
    confirmStep(nodes, keys) ??
    place(
      phase,
      { kind: 'promote', key },
      nextWave(nodes, (node) => primaryOf(node.repository) === key),
      (names) => `every node can read ${key}; it becomes the primary of ${names}`,
      fleet.reusable,
    )
  );
}

function confirmStep(nodes: readonly NodeView[], keys: readonly Fingerprint[]): Decision | null {
  const unsure = nodes
    .filter((node) => keys.some((key) => readState(node, key, []) === 'rumoured'))
    .map(({ name }) => name);
  if (unsure.length === 0) return null;
  return {
    phase: 'confirm',
    step: { kind: 'probe', keys, nodes: unsure },
    reason: `Keystone on ${list(unsure)} is to accept ${keys.join(' and ')} before anything is promoted`,
    expired: [],
  };
}

/** Waves: one canary node, the rest of its site, everybody else. */
function nextWave(nodes: readonly NodeView[], isDone: (node: NodeView) => boolean): NodeView[] {
  const canary = nodes.find(isDone);
  if (!canary) return nodes.slice(0, 1);
  const left = nodes.filter((node) => !isDone(node));
  const sameSite = left.filter((node) => node.site === canary.site);
  return sameSite.length > 0 ? sameSite : left;
}
