/** The fleet as the planner's rules look at it: a survey, read with what the ledger knows. */
import { isRevoked, isTrusted, type Ledger } from './ledger.js';
import { nodesOf, servingNodes } from './membership.js';
import type { Policy } from './policy.js';
import { holds, isEmpty, isPrimaryCertain, primaryOf, stagedOf, type Fingerprint } from './repository.js';
import { expiredNow } from './retention.js';
import { countHolders, keysOn, type NodeView, type Survey } from './survey.js';
import { liveKeys, mostCommon } from './sync.js';

export interface Fleet {
  /** Nodes that count and could not be read. */
  readonly unread: readonly NodeView[];
  /** Nodes that count and could be read, whatever was found. */
  readonly read: readonly NodeView[];
  /** Of those, the ones that serve and have keys. */
  readonly serving: readonly NodeView[];
  /** Of those, the new ones, which may be empty. */
  readonly joining: readonly NodeView[];
  /** Serving nodes whose primary nobody vouches for and no other node has. */
  readonly strangers: readonly NodeView[];
  /** Keys that every node is to have. */
  readonly live: readonly Fingerprint[];
  readonly expired: readonly Fingerprint[];
  /** Keys that only nodes have that don't serve yet, and that are unknown or expired: nobody needs them. */
  readonly foreign: readonly Fingerprint[];
  /** The key that is being introduced; null once it is anybody's primary, whoever promoted it. */
  readonly incoming: Fingerprint | null;
  /** The primary that all are to have: the newest that anybody vouches for; undefined when there is none. */
  readonly primary: Fingerprint | undefined;
  /** Keys whose places may be taken: none of a serving node while any unexpired key is missing on one. */
  readonly reusable: readonly Fingerprint[];
}

export function fleetOf(survey: Survey, ledger: Ledger, policy: Policy, now: number): Fleet {
  const counted = [...servingNodes(survey, ledger), ...nodesOf(survey, ledger, 'joining')];
  const read = counted.filter((node) => node.reachable);
  const serving = servingNodes(survey, ledger).filter((node) => node.reachable && !isEmpty(node.repository));
  const joining = nodesOf(survey, ledger, 'joining').filter((node) => node.reachable);
  const expired = expiredNow(survey, ledger, policy, now);
  const holders = countHolders(serving);
  const strangers = serving.filter((node) => isStranger(node, holders, ledger));
  const outside = keysOn(joining).filter((key) => !holders.has(key)); // of nodes that don't serve yet
  // What a node is that joins says nothing of a key that the ledger knows: its fingerprint does.
  const lastCopies = outside.filter((key) => isTrusted(ledger, key) && !expired.includes(key));
  // A node that was fenced for long may still have keys that the others have overwritten since.
  const foreign = outside.filter((key) => ledger.keys[key] === undefined || expired.includes(key));
  const needed = [...liveKeys(serving, ledger, expired), ...lastCopies];
  const isPrimary = serving.some((node) => primaryOf(node.repository) === ledger.incoming);
  const incoming = isPrimary ? null : ledger.incoming;
  const isEqual = needed.every((key) => key === incoming || (holders.get(key) ?? 0) === serving.length);
  return {
    unread: counted.filter((node) => !node.reachable),
    read,
    serving,
    joining,
    strangers,
    live: needed.filter((key) => isTrusted(ledger, key) || (holders.get(key) ?? 0) > 1),
    expired,
    foreign,
    incoming,
    primary: newestPrimary(serving, new Set(strangers), ledger),
    reusable: [...(isEqual ? expired : []), ...foreign],
  };
}

export function holdersOf(nodes: readonly NodeView[], key: Fingerprint): number {
  return nodes.filter((node) => holds(node.repository, key)).length;
}

function isStranger(
  { repository }: NodeView,
  holders: ReadonlyMap<Fingerprint, number>,
  ledger: Ledger,
): boolean {
  const primary = primaryOf(repository)!;
  return !isTrusted(ledger, primary) && !isRevoked(ledger, primary) && holders.get(primary) === 1;
}

/** By when each was first seen as a primary, so that no node goes back to an older one. */
function newestPrimary(
  serving: readonly NodeView[],
  strangers: ReadonlySet<NodeView>,
  ledger: Ledger,
): Fingerprint | undefined {
  const mayLead = (node: NodeView) => isPrimaryCertain(node) && !strangers.has(node);
  const leading = serving.filter(mayLead).map((node) => primaryOf(node.repository)!);
  // Where every disk is older than a revocation, only a rotation leads away from what was revoked.
  const unrevoked = leading.filter((key) => !isRevoked(ledger, key));
  const primaries = unrevoked.length > 0 ? unrevoked : leading;
  const since = (key: Fingerprint) => ledger.keys[key]?.promotedAt ?? -Infinity;
  const newest = primaries.reduce((latest, key) => Math.max(latest, since(key)), -Infinity);
  const candidates = primaries.filter((key) => since(key) === newest);
  // First seen at the same look: the one that others still have staged is the one that was promoted last. A node that has it on top as well says nothing.
  const waiting = serving.filter(({ repository }) => stagedOf(repository) !== primaryOf(repository));
  const staged = new Set(waiting.map(({ repository }) => stagedOf(repository)));
  const stagedElsewhere = candidates.filter((key) => staged.has(key));
  return mostCommon(lastStaged(stagedElsewhere.length > 0 ? stagedElsewhere : candidates, ledger));
}

/** A key is staged before it is promoted, so what was staged later is newer. */
function lastStaged(keys: readonly Fingerprint[], ledger: Ledger): Fingerprint[] {
  const stagedAt = (key: Fingerprint) => ledger.keys[key]?.stagedAt ?? 0;
  const latest = keys.reduce((most, key) => Math.max(most, stagedAt(key)), 0);
  return keys.filter((key) => stagedAt(key) === latest);
}
