/**
 * The ledger: which key was when what, which nodes count, and what is being done. It alone decides when a key is no
 * longer needed, by age and never by count. Where it does not know, it assumes the worse: a key whose past is unknown
 * counts as primary until it was seen not to be.
 */
import type { KeyRole } from './decision.js';
import { readNodes, servingNodes, type NodeRecord } from './membership.js';
import type { Policy } from './policy.js';
import {
  STAGED_INDEX,
  primaryOf,
  stagedOf,
  topIndexOf,
  type Contents,
  type Damage,
  type Fingerprint,
} from './repository.js';
import { clockSpreadMs, countHolders, type Survey } from './survey.js';

/** What is known of one key. Times in milliseconds since the epoch, each that of the look that first found it so. */
export interface KeyRecord {
  readonly firstSeenAt: number;
  /** Set when we made the key ourselves. */
  readonly madeAt?: number;
  readonly stagedAt?: number;
  readonly promotedAt?: number;
  /** After it had been a primary, none was left. */
  readonly demotedAt?: number;
  /** No serving node had it any more. */
  readonly prunedAt?: number;
  /**
   * The key may be spread without asking: we made it, it was known before it became anybody's primary, more than one node
   * had it, or an operator said so.
   */
  readonly trusted: boolean;
  /** An operator has revoked it: nobody needs it, and wherever it turns up it is overwritten. */
  readonly revoked?: true;
  /** The key is, or may at any moment become, a node's primary: it was staged or primary when last looked at. */
  readonly mayBePrimary: boolean;
  /** The last time that the key may have been a primary anywhere; null when it surely never was one. */
  readonly lastPrimaryAt: number | null;
}

/** What an operation is to reach. */
export type Intent =
  /** A fleet in sync, and no more. */
  | { readonly kind: 'sync' }
  /** One promotion: the key in slot 0 takes the place of the primary, and a new one goes to slot 0. */
  | { readonly kind: 'rotate'; readonly from: Fingerprint; readonly to: Fingerprint }
  /** As it was before a rotation that is given up, on every node that can be reached. */
  | { readonly kind: 'putBack'; readonly primary: Fingerprint; readonly staged: Fingerprint }
  /** Two new keys and nothing else, at once; null until they are made. */
  | { readonly kind: 'revoke'; readonly primary: Fingerprint | null; readonly staged: Fingerprint | null };

export interface Ledger {
  /** Grows by one with each write on record, so that one that comes late is known by it. */
  readonly revision: number;
  readonly keys: Readonly<Record<Fingerprint, KeyRecord>>;
  readonly nodes: Readonly<Record<string, NodeRecord>>;
  readonly intent: Intent;
  /** Nodes of which an operator has said that what is broken there may be overwritten, by name. */
  readonly repairs: readonly string[];
  /** A key that we made and introduced, which is neither staged nor primary anywhere yet. */
  readonly incoming: Fingerprint | null;
  /** Longest lifetimes ever in force: raising them extends what is kept, lowering them shortens nothing early. */
  readonly longestExpirationMs: number;
  readonly longestWindowMs: number;
}

export const EMPTY_LEDGER: Ledger = {
  revision: 0,
  keys: {},
  nodes: {},
  intent: { kind: 'sync' },
  repairs: [],
  incoming: null,
  longestExpirationMs: 0,
  longestWindowMs: 0,
};

/** Pruned keys that are still remembered, so that one that comes back from an old copy of a disk is known. */
const MOST_PRUNED = 100;

/** A key that we are placing on its first node: nobody's primary yet. */
export function recordMade(ledger: Ledger, key: Fingerprint, role: KeyRole, at: number): Ledger {
  const record: KeyRecord = {
    firstSeenAt: at,
    madeAt: at,
    trusted: true,
    mayBePrimary: false,
    lastPrimaryAt: null,
  };
  const made = { ...ledger, keys: { ...ledger.keys, [key]: ledger.keys[key] ?? record } };
  if (role === 'incoming') return { ...made, incoming: key };
  if (ledger.intent.kind !== 'revoke')
    throw new RangeError(`a new ${role} is made only to revoke the others`);
  return { ...made, intent: { ...ledger.intent, [role]: key } };
}

/** The incoming key has become the staged key of all nodes, or was given up. */
export function forgetIncoming(ledger: Ledger): Ledger {
  return { ...ledger, incoming: null };
}

/** The ledger as it is about to go on record. */
export function nextRevision(ledger: Ledger): Ledger {
  return { ...ledger, revision: ledger.revision + 1 };
}

export function withIntent(ledger: Ledger, intent: Intent): Ledger {
  return { ...ledger, intent };
}

/**
 * What a survey teaches of the keys. A staged key counts as one that may be primary, because anybody's `fernet_rotate`
 * promotes it without asking. A key stops counting only when every serving node was read and none has it staged or
 * primary. A node that does not serve teaches nothing: it is no source.
 */
export function observe(ledger: Ledger, survey: Survey, policy: Policy): Ledger {
  const views = readNodes(survey, ledger);
  const everyNodeWasRead = views.length === servingNodes(survey, ledger).length;
  const primaries = new Set(views.flatMap((node) => [primaryOf(node.repository), ...aliasedPrimaries(node)]));
  const staged = new Set(views.flatMap((node) => [stagedOf(node.repository), ...aliasedStaged(node)]));
  const aliased = new Set(views.flatMap(({ damage }) => damage.flatMap(aliasedKey)));
  const holders = countHolders(views);
  const promotionAt = Math.max(survey.at, lastPromotionAt(ledger) + 1);
  const keys: Record<Fingerprint, KeyRecord> = {};
  for (const key of new Set([...Object.keys(ledger.keys), ...holders.keys(), ...aliased])) {
    const sight: Sight = {
      at: survey.at,
      promotionAt,
      isPrimary: primaries.has(key),
      isStaged: staged.has(key),
      isAliased: aliased.has(key),
      holders: holders.get(key) ?? 0,
      everyNodeWasRead,
      isEverywhere: everyNodeWasRead && holders.get(key) === views.length,
    };
    keys[key] = seen(ledger.keys[key] ?? unknownPast(sight), sight);
  }
  return {
    ...ledger,
    keys: withoutOldest(keys),
    longestExpirationMs: Math.max(ledger.longestExpirationMs, policy.expirationMs),
    longestWindowMs: Math.max(ledger.longestWindowMs, policy.allowExpiredWindowMs),
  };
}

/** A clock that was put back must not make the newest primary look older than the one before it. */
function lastPromotionAt({ keys }: Ledger): number {
  return Object.values(keys).reduce((latest, { promotedAt }) => Math.max(latest, promotedAt ?? 0), 0);
}

/** Keystone takes `007` for 7: above all other names, the key behind it is what that Keystone writes with. */
function aliasedPrimaries({ repository, damage }: Contents): Fingerprint[] {
  const numbers = damage.map((each) => ('index' in each ? each.index : null) ?? -1);
  const top = Math.max(topIndexOf(repository), ...numbers);
  const onTop = damage.filter((each) => each.kind !== 'stray' && each.index === top);
  return onTop.length === 1 && top > topIndexOf(repository) ? onTop.flatMap(aliasedKey) : [];
}

function aliasedStaged({ damage }: Contents): Fingerprint[] {
  return damage.flatMap((each) =>
    each.kind === 'alias' && each.index === STAGED_INDEX ? aliasedKey(each) : [],
  );
}

function aliasedKey(damage: Damage): Fingerprint[] {
  return damage.kind === 'alias' && damage.key !== null ? [damage.key] : [];
}

/** How one look found one key. */
interface Sight {
  readonly at: number;
  /** When a key counts as promoted that was not a primary before. */
  readonly promotionAt: number;
  readonly isPrimary: boolean;
  readonly isStaged: boolean;
  /** It also has a name that is not proper, and who can say whether that Keystone writes with it? */
  readonly isAliased: boolean;
  readonly holders: number;
  readonly everyNodeWasRead: boolean;
  readonly isEverywhere: boolean;
}

/** A primary that one node alone has may be anybody's: the key of an old disk, or one that was slipped in. */
function unknownPast({ at, isPrimary, holders }: Sight): KeyRecord {
  return { firstSeenAt: at, trusted: !isPrimary || holders > 1, mayBePrimary: false, lastPrimaryAt: at };
}

function seen(known: KeyRecord, sight: Sight): KeyRecord {
  const { prunedAt, ...rest } = known;
  const { at, promotionAt, isPrimary, isStaged, isAliased, holders, everyNodeWasRead, isEverywhere } = sight;
  const isGone = everyNodeWasRead && holders === 0;
  const wasDemoted =
    known.promotedAt !== undefined && known.demotedAt === undefined && everyNodeWasRead && !isPrimary;
  const goneAt = isGone ? (prunedAt ?? at) : undefined;
  return {
    ...rest,
    ...standingNow(known, isPrimary || isStaged || isAliased, everyNodeWasRead, at),
    trusted: known.revoked ? false : known.trusted || isEverywhere,
    ...(isStaged && { stagedAt: known.stagedAt ?? at }),
    ...(isPrimary && {
      promotedAt: known.promotedAt ?? (isOldPrimary(known, at) ? known.firstSeenAt - 1 : promotionAt),
    }),
    ...(wasDemoted && { demotedAt: at }),
    ...(goneAt !== undefined && { prunedAt: goneAt }),
  };
}

/**
 * Whatever another made and we first saw as a secondary had been a primary before that look: a node that was away then, and
 * still writes with it, is behind.
 */
function isOldPrimary({ firstSeenAt, madeAt, stagedAt, mayBePrimary }: KeyRecord, at: number): boolean {
  return firstSeenAt < at && madeAt === undefined && stagedAt === undefined && !mayBePrimary;
}

function standingNow(
  known: KeyRecord,
  stands: boolean,
  everyNodeWasRead: boolean,
  at: number,
): Pick<KeyRecord, 'mayBePrimary' | 'lastPrimaryAt'> {
  if (stands) return { mayBePrimary: true, lastPrimaryAt: at };
  if (known.mayBePrimary) return { mayBePrimary: !everyNodeWasRead, lastPrimaryAt: at };
  return { mayBePrimary: false, lastPrimaryAt: known.lastPrimaryAt };
}

/** The ledger must not grow for ever; revoked keys are never forgotten. */
function withoutOldest(keys: Record<Fingerprint, KeyRecord>): Record<Fingerprint, KeyRecord> {
  const pruned = Object.entries(keys)
    .filter(([, { prunedAt, revoked }]) => prunedAt !== undefined && !revoked)
    .sort(([, a], [, b]) => b.prunedAt! - a.prunedAt!)
    .slice(MOST_PRUNED);
  if (pruned.length === 0) return keys;
  const forgotten = new Set(pruned.map(([key]) => key));
  return Object.fromEntries(Object.entries(keys).filter(([key]) => !forgotten.has(key)));
}

/**
 * Until when a key must be readable on every serving node (design rule I2); Infinity while it may still be a primary or
 * is to become one.
 */
export function neededUntil(ledger: Ledger, key: Fingerprint, marginMs: number): number {
  const record = ledger.keys[key];
  if (record?.revoked) return -Infinity;
  if (!record || record.mayBePrimary || key === ledger.incoming) return Infinity;
  if (record.lastPrimaryAt === null) return record.firstSeenAt;
  return record.lastPrimaryAt + ledger.longestExpirationMs + ledger.longestWindowMs + marginMs;
}

/** The margin of the policy, and how far the clocks that were ever measured are apart. */
export function effectiveMarginMs(policy: Policy, survey: Survey, ledger: Ledger): number {
  return policy.marginMs + clockSpreadMs(survey, ledger.nodes);
}

/** Keys that no valid token can need any more. */
export function expiredKeys(ledger: Ledger, marginMs: number, now: number): Fingerprint[] {
  return Object.keys(ledger.keys).filter((key) => neededUntil(ledger, key, marginMs) <= now);
}

/** Somebody vouches for the key: it may be spread. */
export function isTrusted(ledger: Ledger, key: Fingerprint): boolean {
  return ledger.keys[key]?.trusted ?? false;
}

export function isRevoked(ledger: Ledger, key: Fingerprint): boolean {
  return ledger.keys[key]?.revoked ?? false;
}

/** Every key that is known now; the two that take their place are still to be made. */
export function revokeAll(ledger: Ledger): Ledger {
  const keys = Object.entries(ledger.keys).map(([key, record]): [Fingerprint, KeyRecord] => [
    key,
    { ...record, trusted: false, revoked: true },
  ]);
  return {
    ...ledger,
    keys: Object.fromEntries(keys),
    incoming: null,
    intent: { kind: 'revoke', primary: null, staged: null },
  };
}
