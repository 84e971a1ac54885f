/** Rule 12: every key is replaced at once. It suspends retention, and reading only for nodes that can't be reached. */
import { make, place, problemsOf, wait, type Decision, type KeyRole } from '../decision.js';
import { holdersOf, type Fleet } from '../fleet.js';
import type { Intent, Ledger } from '../ledger.js';
import { holds, isEmpty, primaryOf, stagedOf, type Fingerprint } from '../repository.js';
import { keysOn, type NodeView } from '../survey.js';
import { isMendable } from './damage.js';
import { promoteInWaves } from './promotion.js';

type Revoke = Extract<Intent, { kind: 'revoke' }>;

export function revokeStep(fleet: Fleet, { primary, staged }: Revoke, ledger: Ledger): Decision | null {
  const nodes = fleet.serving.filter((node) => node.problems.length === 0);
  const [first] = nodes;
  if (!first) return waitForRest(fleet);
  return (
    introduceStep(nodes, first, primary, 'primary') ??
    introduceStep(nodes, first, staged, 'staged') ??
    mendStep(fleet, ledger, primary!, staged!) ??
    replaceStep(fleet, nodes, primary!, staged!) ??
    waitForRest(fleet)
  );
}

function introduceStep(
  nodes: readonly NodeView[],
  first: NodeView,
  key: Fingerprint | null,
  role: KeyRole,
): Decision | null {
  if (key === null || holdersOf(nodes, key) === 0) return make('revoke', first, role);
  return place(
    'revoke',
    { kind: 'hold', key },
    nodes.filter((node) => !holds(node.repository, key)),
    (names) => `the new key ${key} is to be readable on ${names}`,
  );
}

/** What an operator allows to be repaired, with the new keys: no other operation could do it while this one waits for it. */
function mendStep(
  { read }: Fleet,
  { repairs }: Ledger,
  primary: Fingerprint,
  staged: Fingerprint,
): Decision | null {
  const mayBeMended = (node: NodeView) =>
    node.damage.length > 0 && node.problems.every(({ code }) => isMendable(code, node));
  return place(
    'revoke',
    { kind: 'mend', primary, staged },
    read.filter((node) => repairs.includes(node.name) && mayBeMended(node)),
    (names) => `what is no key is mended on ${names}`,
  );
}

/** Only when all of them issue with the new primary is anything overwritten. */
function replaceStep(
  fleet: Fleet,
  nodes: readonly NodeView[],
  primary: Fingerprint,
  staged: Fingerprint,
): Decision | null {
  const others = keysOn(nodes).filter((key) => key !== primary && key !== staged);
  if (nodes.some((node) => primaryOf(node.repository) !== primary))
    return promoteInWaves({ ...fleet, reusable: [] }, 'revoke', nodes, primary, staged);
  return (
    place(
      'revoke',
      { kind: 'stage', key: staged },
      nodes.filter((node) => stagedOf(node.repository) !== staged),
      (names) => `${staged} takes slot 0 on ${names}`,
      others,
    ) ??
    place(
      'revoke',
      { kind: 'expire' },
      nodes.filter((node) => others.some((key) => holds(node.repository, key))),
      (names) => `every other key is overwritten on ${names}`,
      others,
    )
  );
}

/** Nodes that still accept the revoked keys, until they are reached or fenced; one without any key accepts nothing. */
function waitForRest(fleet: Fleet): Decision | null {
  const isEmptyHanded = (node: NodeView) => isEmpty(node.repository) && node.damage.length === 0;
  const broken = fleet.read.filter((node) => node.problems.length > 0 && !isEmptyHanded(node));
  const problems = problemsOf([...fleet.unread, ...broken]);
  return problems.length > 0 ? wait(problems) : null;
}
