/**
 * Whether a fleet is in sync: all serving nodes have the same staged key, the same primary and the same live keys. Index
 * numbers, duplicates and expired leftovers don't count: one stray rotate makes numbers differ for ever.
 */
import { isRevoked, isTrusted, type Ledger } from './ledger.js';
import { readNodes, servingNodes, standingOf, type Standing } from './membership.js';
import type { Problem } from './problems.js';
import {
  entriesOf,
  holds,
  isEmpty,
  keysOf,
  primaryOf,
  stagedOf,
  type Fingerprint,
  type KeyEntry,
} from './repository.js';
import { countHolders, keysOn, type NodeView, type Survey } from './survey.js';

export interface NodeReport {
  readonly name: string;
  readonly site: string;
  readonly reachable: boolean;
  readonly fenced: boolean;
  readonly standing: Standing;
  readonly keys: readonly KeyEntry[];
  readonly problems: readonly Problem[];
}

export interface Assessment {
  readonly inSync: boolean;
  readonly nodes: readonly NodeReport[];
}

/**
 * Every node with what is wrong with it, by itself and beside the others. Only a node that an operator has fenced is
 * excused.
 */
export function assess(survey: Survey, ledger: Ledger, expired: readonly Fingerprint[]): Assessment {
  const fleet = consensus(survey, ledger, expired);
  const nodes = survey.nodes.map((node): NodeReport => {
    const standing = standingOf(ledger, node.name);
    const isFenced = standing === 'fenced';
    return {
      name: node.name,
      site: node.site,
      reachable: node.reachable,
      fenced: isFenced,
      standing,
      keys: entriesOf(node.repository),
      problems: isFenced ? [] : [...node.problems, ...differences(node, fleet, ledger, expired)],
    };
  });
  return { inSync: nodes.every((node) => node.problems.length === 0), nodes };
}

/** Keys on these nodes that some valid token may need, or that are to be used next; revoked ones are neither. */
export function liveKeys(
  nodes: readonly NodeView[],
  ledger: Ledger,
  expired: readonly Fingerprint[],
): Fingerprint[] {
  const standing = new Set(nodes.flatMap((node) => [primaryOf(node.repository), stagedOf(node.repository)]));
  const isOld = new Set(expired);
  return keysOn(nodes).filter((key) => !isRevoked(ledger, key) && (standing.has(key) || !isOld.has(key)));
}

interface Consensus {
  readonly nodeCount: number;
  readonly primary: Fingerprint | undefined;
  readonly staged: Fingerprint | undefined;
  /** How many serving nodes hold each live key. */
  readonly holders: ReadonlyMap<Fingerprint, number>;
}

function consensus(survey: Survey, ledger: Ledger, expired: readonly Fingerprint[]): Consensus {
  const nodes = readNodes(survey, ledger);
  const holders = countHolders(nodes);
  const live = liveKeys(nodes, ledger, expired);
  return {
    nodeCount: servingNodes(survey, ledger).length,
    primary: mostCommon(nodes.map((node) => primaryOf(node.repository))),
    staged: mostCommon(nodes.map((node) => stagedOf(node.repository))),
    holders: new Map(live.map((key) => [key, holders.get(key)!])),
  };
}

/** The value that stands most often; among equals the first by name, so that every caller sees the same. */
export function mostCommon(values: readonly (string | undefined)[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0];
}

function differences(
  node: NodeView,
  fleet: Consensus,
  ledger: Ledger,
  expired: readonly Fingerprint[],
): Problem[] {
  if (!node.reachable || isEmpty(node.repository)) return [];
  return [
    ...primaryProblem(node, fleet, ledger),
    ...stagedProblem(node, fleet),
    ...keyProblems(node, fleet, ledger, expired),
  ];
}

function primaryProblem(node: NodeView, fleet: Consensus, ledger: Ledger): Problem[] {
  const primary = primaryOf(node.repository)!;
  if (primary === fleet.primary) return [];
  const message = `${node.name}: its primary is ${primary}, the fleet's is ${fleet.primary ?? 'unknown'}`;
  const isKnown = isTrusted(ledger, primary) || (fleet.holders.get(primary) ?? 0) > 1;
  if (!isKnown)
    return [{ code: 'unknown-primary', message: `${message}; no other node can read its tokens` }];
  const isBehind = fleet.primary !== undefined && !holds(node.repository, fleet.primary);
  return [{ code: isBehind ? 'older-than-fleet' : 'different-primary', message }];
}

function stagedProblem(node: NodeView, fleet: Consensus): Problem[] {
  const staged = stagedOf(node.repository);
  if (staged === fleet.staged) return [];
  const message = `${node.name}: its staged key is ${staged ?? 'missing'}, the fleet's is ${fleet.staged ?? 'missing'}`;
  return [{ code: 'different-staged', message }];
}

function keyProblems(
  node: NodeView,
  fleet: Consensus,
  ledger: Ledger,
  expired: readonly Fingerprint[],
): Problem[] {
  const problems: Problem[] = [];
  for (const [key, count] of fleet.holders) {
    if (!holds(node.repository, key))
      problems.push({
        code: 'missing-key',
        message: `${node.name}: lacks key ${key}, which ${count} other node(s) hold`,
      });
    else if (count === 1 && fleet.nodeCount > 1 && !expired.includes(key))
      problems.push({
        code: 'extra-key',
        message: `${node.name}: holds key ${key}, which no other node holds`,
      });
  }
  for (const key of keysOf(node.repository)) {
    if (isRevoked(ledger, key))
      problems.push({
        code: 'revoked-key',
        message: `${node.name}: still holds key ${key}, which was revoked`,
      });
    else if (!fleet.holders.has(key) && !expired.includes(key))
      problems.push({
        code: 'extra-key',
        message: `${node.name}: holds key ${key}, which no serving node holds`,
      });
  }
  return problems;
}
