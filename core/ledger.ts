/**
 * The ledger: which key was when what. It alone decides when a key is no longer needed, by age and never by count.
 * Where it does not know, it assumes the worse: a key whose past is unknown counts as primary until it was seen not to be.
 */
import type { Policy } from './policy.js';
import { holds, keysOf, primaryOf, stagedOf, type Fingerprint } from './repository.js';
import { largestClockOffsetMs, readNodes, servingNodes, type Survey } from './survey.js';

/** What is known of one key. Times in milliseconds since the epoch. */
export interface KeyRecord {
  readonly firstSeenAt: number;
  /** Set when we made the key ourselves. */
  readonly madeAt?: number;
  /** The first look that found the key as a node's primary. */
  readonly firstPrimaryAt?: number;
  /**
   * The key may be spread without asking: we made it, or every serving node had it at some look, or it was known before
   * it became anybody's primary.
   */
  readonly trusted: boolean;
  /** The key is, or may at any moment become, a node's primary: it was staged or primary when last looked at. */
  readonly mayBePrimary: boolean;
  /** The last time that the key may have been a primary anywhere; null when it surely never was one. */
  readonly lastPrimaryAt: number | null;
}

export interface Ledger {
  readonly keys: Readonly<Record<Fingerprint, KeyRecord>>;
  /** A key that we made and introduced, which is neither staged nor primary anywhere yet. */
  readonly incoming: Fingerprint | null;
  /** Longest lifetimes ever in force: raising them extends what is kept, lowering them shortens nothing early. */
  readonly longestExpirationMs: number;
  readonly longestWindowMs: number;
}

export const EMPTY_LEDGER: Ledger = { keys: {}, incoming: null, longestExpirationMs: 0, longestWindowMs: 0 };

/** A key that we are placing on its first node: nobody's primary yet, and the one to stage next. */
export function recordMade(ledger: Ledger, key: Fingerprint, at: number): Ledger {
  const record: KeyRecord = {
    firstSeenAt: at,
    madeAt: at,
    trusted: true,
    mayBePrimary: false,
    lastPrimaryAt: null,
  };
  return { ...ledger, incoming: key, keys: { ...ledger.keys, [key]: ledger.keys[key] ?? record } };
}

/** The incoming key has become the staged key of all nodes, or was given up. */
export function forgetIncoming(ledger: Ledger): Ledger {
  return { ...ledger, incoming: null };
}

/**
 * What a survey teaches. A staged key counts as one that may be primary, because anybody's `fernet_rotate` promotes it
 * without asking. A key stops counting only when every serving node was read and none has it staged or primary.
 */
export function observe(ledger: Ledger, survey: Survey, policy: Policy): Ledger {
  const everyNodeWasRead = readNodes(survey).length === servingNodes(survey).length;
  const views = survey.nodes.filter((node) => node.reachable);
  const primaries = new Set(views.map((node) => primaryOf(node.repository)));
  const standing = new Set([...primaries, ...views.map((node) => stagedOf(node.repository))]);
  const present = new Set(views.flatMap((node) => [...keysOf(node.repository)]));
  const isEverywhere = (key: Fingerprint) => readNodes(survey).every((node) => holds(node.repository, key));

  const keys: Record<Fingerprint, KeyRecord> = {};
  for (const key of new Set([...Object.keys(ledger.keys), ...present])) {
    const known = ledger.keys[key] ?? unknownPast(survey.at);
    keys[key] = {
      ...known,
      trusted: known.trusted || !primaries.has(key) || (everyNodeWasRead && isEverywhere(key)),
      ...(primaries.has(key) && { firstPrimaryAt: known.firstPrimaryAt ?? survey.at }),
      ...standingNow(known, standing.has(key), everyNodeWasRead, survey.at),
    };
  }
  return {
    keys,
    incoming: ledger.incoming,
    longestExpirationMs: Math.max(ledger.longestExpirationMs, policy.expirationMs),
    longestWindowMs: Math.max(ledger.longestWindowMs, policy.allowExpiredWindowMs),
  };
}

function unknownPast(at: number): KeyRecord {
  return { firstSeenAt: at, trusted: false, mayBePrimary: false, lastPrimaryAt: at };
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

/**
 * Until when a key must be readable on every serving node (design rule I2); Infinity while it may still be a primary or
 * is to become one.
 */
export function neededUntil(ledger: Ledger, key: Fingerprint, marginMs: number): number {
  const record = ledger.keys[key];
  if (!record || record.mayBePrimary || key === ledger.incoming) return Infinity;
  if (record.lastPrimaryAt === null) return record.firstSeenAt;
  return record.lastPrimaryAt + ledger.longestExpirationMs + ledger.longestWindowMs + marginMs;
}

/** The margin of the policy and the largest clock offset that the survey knows of. */
export function effectiveMarginMs(policy: Policy, survey: Survey): number {
  return policy.marginMs + largestClockOffsetMs(survey);
}

/** Keys that no valid token can need any more. */
export function expiredKeys(ledger: Ledger, marginMs: number, now: number): Fingerprint[] {
  return Object.keys(ledger.keys).filter((key) => neededUntil(ledger, key, marginMs) <= now);
}

/** Drops keys that no node holds any more and no token needs, so that the ledger does not grow for ever. */
export function forgetGone(ledger: Ledger, survey: Survey, marginMs: number): Ledger {
  const present = new Set(survey.nodes.flatMap((node) => [...keysOf(node.repository)]));
  const expired = new Set(expiredKeys(ledger, marginMs, survey.at));
  const kept = Object.entries(ledger.keys).filter(([key]) => present.has(key) || !expired.has(key));
  return { ...ledger, keys: Object.fromEntries(kept) };
}
