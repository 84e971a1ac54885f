/**
 * The planner: from what a fresh survey found to the one next step of the fleet, and the reason for it.
 *
 * It holds no state of its own. Whoever asks again after a crash, a lost reply or a stranger's rotate gets the step that
 * fits what is there now.
 */
import { effectiveMarginMs, expiredKeys, type Ledger } from './ledger.js';
import { wayTo, type Placement } from './operations.js';
import { EVIDENCE_MAX_AGE_MS, CLOCK_OFFSET_LIMIT_MS, type Policy } from './policy.js';
import { needsAPerson, type ProblemCode } from './problems.js';
import {
  holds,
  indexesOf,
  keysOf,
  primaryOf,
  stagedOf,
  type Fingerprint,
  type Repository,
} from './repository.js';
import { largestClockOffsetMs, readNodes, servingNodes, type NodeView, type Survey } from './survey.js';
import { liveKeys, mostCommon } from './sync.js';

/** What an operation is to reach beyond a fleet in sync: one promotion. */
export interface Goal {
  readonly from: Fingerprint;
  readonly to: Fingerprint;
}

export const PHASES = ['survey', 'reconcile', 'distribute', 'confirm', 'promote', 'stage', 'prune'] as const;
export type Phase = (typeof PHASES)[number];

export interface NodeProblem {
  readonly node: string;
  readonly code: ProblemCode;
  readonly message: string;
}

export type Step =
  /** The evidence is too old: look again. */
  | { readonly kind: 'survey' }
  /** Nodes are in the way that may come back by themselves; nothing may change until they do. */
  | { readonly kind: 'wait'; readonly problems: readonly NodeProblem[] }
  /** Something is in the way that a person has to change. */
  | {
      readonly kind: 'refuse';
      readonly code: ProblemCode;
      readonly message: string;
      readonly problems: readonly NodeProblem[];
    }
  /** Make a key and place it on one node, where nobody uses it. */
  | { readonly kind: 'make'; readonly node: string }
  /** Bring these nodes to the placement. */
  | { readonly kind: 'place'; readonly placement: Placement; readonly nodes: readonly string[] }
  /** Ask the running Keystones of these nodes whether they accept the keys. */
  | { readonly kind: 'probe'; readonly keys: readonly Fingerprint[]; readonly nodes: readonly string[] }
  /** The goal is reached; without a goal: the fleet is in sync. */
  | { readonly kind: 'done' };

export interface Decision {
  readonly phase: Phase;
  readonly step: Step;
  /** One sentence for a person. */
  readonly reason: string;
  /** Keys whose places the step may take: none while the fleet is unequal, because then only adding is allowed. */
  readonly expired: readonly Fingerprint[];
}

/** What a rule says; what the step may overwrite is the same for all of them. */
type Proposal = Omit<Decision, 'expired'>;

/**
 * The next step of the fleet.
 *
 * 1. Only fresh evidence of every serving node counts: a node that can't be read stops the fleet, an old survey is redone.
 * 2. A damaged repository, or none, is refused before anything changes.
 * 3. A primary that nobody else can read and that the ledger does not know is not spread by itself.
 * 4. Every live key is made readable everywhere, before anything else; nothing is removed until it is.
 * 5. Where primaries differ, the newest is promoted on the others, in waves.
 * 6. The incoming key is made and spread as a secondary, never straight into slot 0.
 * 7. Nothing is promoted before every Keystone that can be asked accepts the standby and the incoming key.
 * 8. The standby is promoted in waves: one canary node, its site, the rest.
 * 9. Only when all nodes have promoted does the incoming key take slot 0.
 * 10. Only when all that holds are expired keys overwritten. Before, an expired key's place may be taken by another key, but
 *     only while every live key is on every node.
 *
 * @param goal null to bring the fleet in sync and no further
 * @param now milliseconds since the epoch
 */
export function plan(
  survey: Survey,
  ledger: Ledger,
  policy: Policy,
  goal: Goal | null,
  now: number,
): Decision {
  const fleet = fleetOf(survey, ledger, policy, now);
  const proposal = propose(survey, fleet, ledger, policy, goal, now);
  return { ...proposal, expired: isEqualButForIncoming(fleet) ? fleet.expired : [] };
}

function propose(
  survey: Survey,
  fleet: Fleet,
  ledger: Ledger,
  policy: Policy,
  goal: Goal | null,
  now: number,
): Proposal {
  return (
    evidenceStep(survey, now) ??
    damageStep(survey) ??
    unknownPrimaryStep(fleet, ledger) ??
    spreadStep(fleet) ??
    promotionStep(fleet, ledger, policy, goal) ??
    stagingStep(fleet, ledger, goal) ??
    pruneStep(fleet) ?? {
      phase: 'survey',
      step: { kind: 'done' },
      reason: goal
        ? 'the new primary and the new staged key are on every node'
        : 'all nodes have the same keys',
    }
  );
}

/** Whether every node can read every live key, the one aside that is being introduced and that no token needs yet. */
function isEqualButForIncoming(fleet: Fleet): boolean {
  return fleet.live.every(
    (key) => key === fleet.incoming || fleet.nodes.every((node) => holds(node.repository, key)),
  );
}

/** What the rules below look at. */
interface Fleet {
  readonly nodes: readonly NodeView[];
  readonly live: readonly Fingerprint[];
  readonly expired: readonly Fingerprint[];
  /** The key that is being introduced; null once it is anybody's primary, whoever promoted it. */
  readonly incoming: Fingerprint | null;
}

function fleetOf(survey: Survey, ledger: Ledger, policy: Policy, now: number): Fleet {
  const nodes = readNodes(survey);
  const expired = expiredNow(survey, ledger, policy, now);
  const isPrimary = nodes.some((node) => primaryOf(node.repository) === ledger.incoming);
  return { nodes, expired, live: liveKeys(nodes, expired), incoming: isPrimary ? null : ledger.incoming };
}

/** Keys whose places may be taken; none while a clock is so far off that no age is certain. */
export function expiredNow(survey: Survey, ledger: Ledger, policy: Policy, now: number): Fingerprint[] {
  if (largestClockOffsetMs(survey) > CLOCK_OFFSET_LIMIT_MS) return [];
  return expiredKeys(ledger, effectiveMarginMs(policy, survey), now);
}

// Rule 1
function evidenceStep(survey: Survey, now: number): Proposal | null {
  const serving = servingNodes(survey);
  if (serving.length === 0) return refuse('configuration', 'the fleet has no serving node', []);
  const problems = problemsOf(serving.filter((node) => !node.reachable));
  const person = problems.find((problem) => needsAPerson(problem.code));
  if (person) return refuse(person.code, person.message, problems);
  if (problems.length > 0) {
    const names = [...new Set(problems.map((problem) => problem.node))].join(', ');
    return { phase: 'survey', step: { kind: 'wait', problems }, reason: `waiting for ${names}` };
  }
  if (now - survey.startedAt <= EVIDENCE_MAX_AGE_MS) return null;
  return { phase: 'survey', step: { kind: 'survey' }, reason: 'the last look is too old to act on' };
}

// Rule 2
function damageStep(survey: Survey): Proposal | null {
  const problems = problemsOf(servingNodes(survey));
  const worst = problems[0];
  return worst ? refuse(worst.code, worst.message, problems) : null;
}

// Rule 3
function unknownPrimaryStep(fleet: Fleet, ledger: Ledger): Proposal | null {
  const problems = fleet.nodes.flatMap((node): NodeProblem[] => {
    const primary = primaryOf(node.repository)!;
    const isAlone = fleet.nodes.every((other) => other === node || !holds(other.repository, primary));
    if (!isAlone || ledger.keys[primary]?.trusted) return [];
    const message = `${node.name}: its primary ${primary} is on no other node and was not made here; compare the nodes with \`rotor verify\` and copy the right keys before rotating`;
    return [{ node: node.name, code: 'unknown-primary', message }];
  });
  return problems[0] ? refuse('unknown-primary', problems[0].message, problems) : null;
}

// Rule 4
function spreadStep(fleet: Fleet): Proposal | null {
  for (const key of inOrderOfNeed(fleet)) {
    const nodes = fleet.nodes.filter((node) => !holds(node.repository, key)).map((node) => node.name);
    if (nodes.length === 0) continue;
    const isIncoming = key === fleet.incoming;
    return {
      phase: isIncoming ? 'distribute' : 'reconcile',
      step: { kind: 'place', placement: { kind: 'hold', key }, nodes },
      reason: `${isIncoming ? 'the new key' : 'key'} ${key} is to be readable on ${list(nodes)}`,
    };
  }
  return null;
}

/** Primaries first: tokens are made with them now. */
function inOrderOfNeed(fleet: Fleet): Fingerprint[] {
  const primaries = new Set(fleet.nodes.map((node) => primaryOf(node.repository)!));
  return [...primaries, ...fleet.live.filter((key) => !primaries.has(key))];
}

// Rules 5 to 8
function promotionStep(fleet: Fleet, ledger: Ledger, policy: Policy, goal: Goal | null): Proposal | null {
  const primaries = new Set(fleet.nodes.map((node) => primaryOf(node.repository)!));
  const agreed = primaries.size === 1 ? [...primaries][0]! : null;
  if (agreed !== null && agreed !== goal?.from) return null;
  if (agreed !== null) {
    const preparation = prepareStep(fleet, policy, goal!);
    if (preparation) return preparation;
  }
  const target = agreed === null ? newestPrimary(fleet, ledger) : goal!.to;
  return probeStep(fleet, target) ?? promoteStep(fleet, target, goal);
}

/** Before the first promotion: every node has the standby in slot 0, and there is an incoming key. */
function prepareStep(fleet: Fleet, policy: Policy, goal: Goal): Proposal | null {
  return (
    stageStep(fleet, goal.to, 'reconcile') ??
    ceilingStep(fleet, policy, goal) ??
    (hasIncoming(fleet) ? null : makeStep(fleet))
  );
}

function newestPrimary(fleet: Fleet, ledger: Ledger): Fingerprint {
  const primaries = [...new Set(fleet.nodes.map((node) => primaryOf(node.repository)!))];
  const since = (key: Fingerprint) => ledger.keys[key]?.firstPrimaryAt ?? 0;
  const newest = Math.max(...primaries.map(since));
  const candidates = primaries.filter((key) => since(key) === newest);
  // First seen at the same look: the one that others still have staged is the one that was promoted last.
  const stagedElsewhere = candidates.filter((key) =>
    fleet.nodes.some((node) => stagedOf(node.repository) === key),
  );
  const finalists = stagedElsewhere.length > 0 ? stagedElsewhere : candidates;
  return mostCommon(
    fleet.nodes.map((node) => primaryOf(node.repository)).filter((key) => finalists.includes(key!)),
  )!;
}

function probeStep(fleet: Fleet, target: Fingerprint): Proposal | null {
  const keys = hasIncoming(fleet) ? [target, fleet.incoming!] : [target];
  const nodes = fleet.nodes
    .filter((node) => node.canBeProbed && !keys.every((key) => node.accepted.includes(key)))
    .map((node) => node.name);
  if (nodes.length === 0) return null;
  return {
    phase: 'confirm',
    step: { kind: 'probe', keys, nodes },
    reason: `Keystone on ${list(nodes)} is to accept ${keys.join(' and ')} before anything is promoted`,
  };
}

function promoteStep(fleet: Fleet, key: Fingerprint, goal: Goal | null): Proposal {
  const nodes = nextWave(fleet.nodes, (node) => primaryOf(node.repository) === key);
  return {
    phase: goal?.to === key ? 'promote' : 'reconcile',
    step: { kind: 'place', placement: { kind: 'promote', key }, nodes },
    reason: `every node can read ${key}; it becomes the primary of ${list(nodes)}`,
  };
}

/** Waves: one canary node, the rest of its site, everybody else. */
function nextWave(nodes: readonly NodeView[], isDone: (node: NodeView) => boolean): string[] {
  const canary = nodes.find(isDone);
  if (!canary) return [nodes[0]!.name];
  const left = nodes.filter((node) => !isDone(node));
  const sameSite = left.filter((node) => node.site === canary.site);
  return (sameSite.length > 0 ? sameSite : left).map((node) => node.name);
}

// Rules 6 and 9
function stagingStep(fleet: Fleet, ledger: Ledger, goal: Goal | null): Proposal | null {
  const primary = primaryOf(fleet.nodes[0]!.repository)!;
  const staged = stagedTarget(fleet, ledger, goal, primary);
  if (staged === undefined) return makeStep(fleet);
  return stageStep(fleet, staged, goal && staged === fleet.incoming ? 'stage' : 'reconcile');
}

/** The key that belongs in slot 0 of every node, or undefined if it has to be made first. */
function stagedTarget(
  fleet: Fleet,
  ledger: Ledger,
  goal: Goal | null,
  primary: Fingerprint,
): Fingerprint | undefined {
  if (goal && hasIncoming(fleet)) return fleet.incoming!;
  const staged = fleet.nodes.map((node) => stagedOf(node.repository));
  const fresh = staged.filter((key) => key !== primary && ledger.keys[key!]?.firstPrimaryAt === undefined);
  return mostCommon(fresh) ?? (hasIncoming(fleet) ? fleet.incoming! : undefined);
}

function stageStep(fleet: Fleet, key: Fingerprint, phase: Phase): Proposal | null {
  const nodes = fleet.nodes.filter((node) => stagedOf(node.repository) !== key).map((node) => node.name);
  if (nodes.length === 0) return null;
  return {
    phase,
    step: { kind: 'place', placement: { kind: 'stage', key }, nodes },
    reason: `${key} is readable everywhere; it takes slot 0 on ${list(nodes)}`,
  };
}

function makeStep(fleet: Fleet): Proposal {
  const node = fleet.nodes[0]!.name;
  return {
    phase: 'distribute',
    step: { kind: 'make', node },
    reason: `a new key is made and placed on ${node} first`,
  };
}

function hasIncoming(fleet: Fleet): boolean {
  const { incoming } = fleet;
  return incoming !== null && fleet.nodes.some((node) => holds(node.repository, incoming));
}

/** The ceiling on files is checked before a rotation adds any; afterwards it would be too late to stop. */
function ceilingStep(fleet: Fleet, policy: Policy, goal: Goal): Proposal | null {
  const problems = fleet.nodes.flatMap((node): NodeProblem[] => {
    const files = filesAfterRotation(node.repository, goal, fleet.expired);
    if (files <= policy.maxFiles) return [];
    const message = `${node.name}: the rotation would leave ${files} key files, more than rotation.maxFiles (${policy.maxFiles}); rotate less often, or raise it`;
    return [{ node: node.name, code: 'too-many-files', message }];
  });
  return problems[0] ? refuse('too-many-files', problems[0].message, problems) : null;
}

/** How many files a repository has when a rotation is over. */
export function filesAfterRotation(
  repository: Repository,
  goal: Goal,
  expired: readonly Fingerprint[],
): number {
  const incoming = 'incoming';
  const placements: Placement[] = [
    { kind: 'hold', key: incoming },
    { kind: 'promote', key: goal.to },
    { kind: 'stage', key: incoming },
  ];
  let end = repository;
  for (const placement of placements) end = wayTo(end, placement, expired).at(-1)!;
  return indexesOf(end).length;
}

// Rule 10
function pruneStep(fleet: Fleet): Proposal | null {
  for (const key of fleet.expired) {
    const nodes = fleet.nodes.filter((node) => keysOf(node.repository).has(key)).map((node) => node.name);
    if (nodes.length === 0 || fleet.live.includes(key)) continue;
    return {
      phase: 'prune',
      step: { kind: 'place', placement: { kind: 'expire', key }, nodes },
      reason: `no valid token can need ${key} any more; it is overwritten on ${list(nodes)}`,
    };
  }
  return null;
}

function refuse(code: ProblemCode, message: string, problems: readonly NodeProblem[]): Proposal {
  return { phase: 'survey', step: { kind: 'refuse', code, message, problems }, reason: message };
}

function problemsOf(nodes: readonly NodeView[]): NodeProblem[] {
  return nodes.flatMap((node) => node.problems.map((problem) => ({ node: node.name, ...problem })));
}

/** A few names, or how many there are. */
function list(nodes: readonly string[]): string {
  return nodes.length <= 4 ? nodes.join(', ') : `${nodes.length} nodes`;
}
