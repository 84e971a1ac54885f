/** Watchers of a virtual fleet: each throws at the file operation that breaks an invariant of `ARCHITECTURE.md`. */
import { standingOf } from '../../core/membership.js';
import {
  holds,
  keysOf,
  primaryOf,
  stagedOf,
  topIndexOf,
  type Contents,
  type Fingerprint,
} from '../../core/repository.js';
import type { Change, VirtualFleet } from './virtual-fleet.js';

type Watcher = (fleet: VirtualFleet, change: Change | null) => void;

export function all(...watchers: readonly Watcher[]): Watcher {
  return (fleet, change) => watchers.forEach((watch) => watch(fleet, change));
}

/** I1: what any node makes tokens with can be read on every node. I2: so can every key that a valid token may need. */
export function noTokenRefused(): Watcher {
  const lastPrimary = new Map<Fingerprint, number>();
  return (fleet) => {
    for (const { repository } of Object.values(fleet.nodes)) {
      const primary = primaryOf(repository);
      if (primary !== undefined) lastPrimary.set(primary, fleet.now);
    }
    for (const [key, last] of lastPrimary) {
      if (fleet.now > last + lifetimeMs(fleet)) continue;
      for (const [node, { repository }] of Object.entries(fleet.nodes))
        if (!holds(repository, key)) throw new Error(`${node} lacks ${key}: ${fleet.toString()}`);
    }
  };
}

/**
 * I2 where a fleet was broken before we came: we take no key from a node as long as a token may need it. A key whose past
 * nobody knows counts as a primary at the time that it was first seen, a staged one counts as well.
 */
export function noNeededKeyTaken(): Watcher {
  const lastUse = new Map<Fingerprint, number>();
  return (fleet, change) => {
    if (change) {
      const lost = [...keysOf(change.before.repository)].filter(
        (key) => !holds(change.after.repository, key),
      );
      const needed = lost.find(
        (key) =>
          fleet.now <= (lastUse.get(key) ?? -Infinity) + lifetimeMs(fleet) && !mayGo(fleet, change, key),
      );
      if (needed) throw new Error(`${change.node} lost ${needed}: ${fleet.toString()}`);
    }
    for (const { repository } of Object.values(fleet.nodes)) {
      for (const key of keysOf(repository)) if (!lastUse.has(key)) lastUse.set(key, fleet.now);
    }
    // A node that does not serve makes no tokens, whatever stands on top there.
    for (const { repository } of servingIn(fleet)) {
      for (const key of [primaryOf(repository), stagedOf(repository)])
        if (key !== undefined) lastUse.set(key, fleet.now);
    }
  };
}

/** A revoked key is to go, and so is one that only a node has that never served. */
function mayGo({ ledger, nodes }: VirtualFleet, { node }: Change, key: Fingerprint): boolean {
  if (ledger.keys[key]?.revoked) return true;
  const isElsewhere = Object.entries(nodes).some(
    ([name, { repository }]) => standingOf(ledger, name) === 'serving' && holds(repository, key),
  );
  return standingOf(ledger, node) === 'joining' && ledger.keys[key] === undefined && !isElsewhere;
}

/**
 * I4: we never put an older primary in the place of a newer one. Of keys that strangers made primaries between two
 * operations of ours nobody knows the order.
 */
export function noStepBack(): Watcher {
  const order = new Map<Fingerprint, number>();
  let operations = 0;
  return (fleet, change) => {
    if (change) operations++;
    const rank = change ? 2 * operations : 2 * operations + 1;
    for (const contents of servingIn(fleet)) {
      // The key on top below a broken name was promoted before that name came, and not when we mended it.
      for (const primary of [primaryOf(contents.repository), writingKey(contents)])
        if (primary !== undefined && !order.has(primary)) order.set(primary, rank);
    }
    const before = change && writingKey(change.before);
    const after = change && writingKey(change.after);
    // Rule 3: a primary that nobody vouches for leads nobody, whenever it came; it stays as a secondary.
    const isStranger = before ? fleet.ledger.keys[before]?.trusted === false : false;
    const counts = change && !isStranger && standingOf(fleet.ledger, change.node) === 'serving';
    if (counts && before && after && order.get(before)! > order.get(after)!)
      throw new Error(`${change.node} went back from ${before} to ${after}: ${fleet.toString()}`);
  };
}

/** What that Keystone makes tokens with: it takes `007` for 7, so what stands there may be on top before it is mended. */
function writingKey({ repository, damage }: Contents): Fingerprint | undefined {
  const seen: Record<number, Fingerprint> = {};
  for (const each of damage)
    if (each.kind === 'alias' && each.index !== null && each.key !== null) seen[each.index] = each.key;
  const keys = { ...seen, ...repository };
  // A file on top that is no key fails every token operation there, so that nothing is written.
  const fails = damage.some((each) => each.kind === 'malformed' && each.index >= topIndexOf(keys));
  return fails ? undefined : primaryOf(keys);
}

function servingIn({ nodes, ledger }: VirtualFleet): Contents[] {
  return Object.entries(nodes)
    .filter(([name]) => standingOf(ledger, name) === 'serving')
    .map(([, contents]) => contents);
}

function lifetimeMs({ ledger, policy }: VirtualFleet): number {
  return (
    Math.max(ledger.longestExpirationMs, policy.expirationMs) +
    Math.max(ledger.longestWindowMs, policy.allowExpiredWindowMs)
  );
}

/** The transition rule: nothing is taken from a serving node while a key that a token may need is missing on one. */
export function onlyAddsWhileUnequal(): Watcher {
  return (fleet, change) => {
    if (!change || standingOf(fleet.ledger, change.node) !== 'serving') return;
    const { ledger, nodes } = fleet;
    const lost = [...keysOf(change.before.repository)].filter((key) => !holds(change.after.repository, key));
    if (lost.length === 0 || ledger.intent.kind === 'revoke') return;
    const serving = Object.entries(nodes).filter(([name]) => standingOf(ledger, name) === 'serving');
    for (const key of new Set(serving.flatMap(([, { repository }]) => [...keysOf(repository)]))) {
      const record = ledger.keys[key];
      const isNeeded = record?.mayBePrimary || fleet.now <= (record?.lastPrimaryAt ?? 0) + lifetimeMs(fleet);
      const lacking = serving.find(([, { repository }]) => !holds(repository, key));
      if (record && isNeeded && lacking)
        throw new Error(
          `${change.node} lost ${lost.join()} while ${lacking[0]} lacked ${key}: ${fleet.toString()}`,
        );
    }
  };
}
