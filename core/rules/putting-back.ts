/** How a rotation that is given up leaves the nodes: the old primary on top, the old standby in slot 0. */
import { place, type Decision } from '../decision.js';
import { holdersOf, type Fleet } from '../fleet.js';
import type { Intent } from '../ledger.js';
import { holds, primaryOf, stagedOf } from '../repository.js';

type PutBack = Extract<Intent, { kind: 'putBack' }>;

/**
 * On every node that can be read. A key that was introduced stays as a secondary, which harms nobody, and so does a new
 * primary: it may have made tokens.
 */
export function putBackStep(fleet: Fleet, { primary, staged }: PutBack): Decision | null {
  const nodes = fleet.serving.filter((node) => node.problems.length === 0);
  const lacking = (key: string) =>
    holdersOf(nodes, key) === 0 ? [] : nodes.filter((node) => !holds(node.repository, key));
  return (
    place(
      'compensate',
      { kind: 'hold', key: primary },
      lacking(primary),
      (names) => `${primary} is to be readable on ${names} again`,
    ) ??
    place(
      'compensate',
      { kind: 'hold', key: staged },
      lacking(staged),
      (names) => `${staged} is to be readable on ${names} again`,
    ) ??
    place(
      'compensate',
      { kind: 'promote', key: primary },
      nodes.filter((node) => primaryOf(node.repository) !== primary && holds(node.repository, primary)),
      (names) => `${primary} becomes the primary of ${names} again`,
    ) ??
    place(
      'compensate',
      { kind: 'stage', key: staged },
      nodes.filter((node) => stagedOf(node.repository) !== staged && holds(node.repository, staged)),
      (names) => `${staged} takes slot 0 on ${names} again`,
    )
  );
}
