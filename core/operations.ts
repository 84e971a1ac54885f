/**
 * The file operations that change a repository while a Keystone reads it. Names never vanish: a name's content is
 * replaced by renaming a fresh copy over it, or a new top name is added by linking a fresh copy to it. Between two
 * operations the caller pauses for longer than one directory read, so that no reader straddles both.
 */
import {
  STAGED_INDEX,
  digestOf,
  holds,
  indexesOf,
  primaryOf,
  secondaryIndexesOf,
  stagedOf,
  topIndexOf,
  type Fingerprint,
  type Repository,
} from './repository.js';

/** What one node's repository shall come to. Each is reached by repeating {@link nextOperation} until it says null. */
export type Placement =
  /** The key can be read on the node; it is nobody's primary and not staged by this. */
  | { readonly kind: 'hold'; readonly key: Fingerprint }
  /** The key becomes the primary; the primary before it stays readable. */
  | { readonly kind: 'promote'; readonly key: Fingerprint }
  /** The key takes slot 0; the staged key before it stays readable. */
  | { readonly kind: 'stage'; readonly key: Fingerprint }
  /** The key, which no token needs any more, is overwritten by a copy of the primary. */
  | { readonly kind: 'expire'; readonly key: Fingerprint };

export type FileOperation =
  /** Rename a fresh copy of the key over an existing name. */
  | { readonly kind: 'replace'; readonly index: number; readonly key: Fingerprint }
  /** Link a fresh copy of the key to a name that does not exist yet; refused if it does. */
  | { readonly kind: 'add'; readonly index: number; readonly key: Fingerprint };

/** A longer way than this to a placement is a fault of the rules, not work to be done. */
const MOST_OPERATIONS = 64;

/**
 * The one next file operation that brings a repository nearer to a placement, or null when it is there.
 * It depends on nothing but its arguments, so whoever comes back after a crash goes on where the last one stopped.
 *
 * @param expired keys that no token needs any more (age, see `ledger.ts`); their secondary places may be taken
 * @throws RangeError when the placement is impossible: an empty repository, or a key to promote that is not held
 */
export function nextOperation(
  repository: Repository,
  placement: Placement,
  expired: readonly Fingerprint[],
): FileOperation | null {
  const primary = primaryOf(repository);
  if (primary === undefined) throw new RangeError('an empty repository has nothing to build on');
  switch (placement.kind) {
    case 'hold':
      return holds(repository, placement.key) ? null : takeSecondary(repository, placement.key, expired);
    case 'promote':
      return promote(repository, placement.key, primary, expired);
    case 'stage':
      return stage(repository, placement.key, expired);
    case 'expire':
      return expire(repository, placement.key, primary);
  }
}

function promote(
  repository: Repository,
  key: Fingerprint,
  primary: Fingerprint,
  expired: readonly Fingerprint[],
): FileOperation | null {
  if (primary === key) return null;
  if (!holds(repository, key))
    throw new RangeError(`key ${key} is not in the repository, so it can't be promoted`);
  const top = topIndexOf(repository);
  if (isElsewhere(repository, top)) return { kind: 'replace', index: top, key };
  const free = freeSecondary(repository, expired);
  return free === undefined
    ? { kind: 'add', index: top + 1, key }
    : { kind: 'replace', index: free, key: primary };
}

function stage(
  repository: Repository,
  key: Fingerprint,
  expired: readonly Fingerprint[],
): FileOperation | null {
  const staged = stagedOf(repository);
  if (staged === key) return null;
  if (staged === undefined) return { kind: 'add', index: STAGED_INDEX, key };
  const isNeeded = !expired.includes(staged) && !isElsewhere(repository, STAGED_INDEX);
  return isNeeded
    ? takeSecondary(repository, staged, expired)
    : { kind: 'replace', index: STAGED_INDEX, key };
}

function expire(repository: Repository, key: Fingerprint, primary: Fingerprint): FileOperation | null {
  const index = secondaryIndexesOf(repository).find((secondary) => repository[secondary] === key);
  return index === undefined || key === primary ? null : { kind: 'replace', index, key: primary };
}

/** A secondary place for a key: a free one, or one that is made free by giving the primary a second, higher name. */
function takeSecondary(
  repository: Repository,
  key: Fingerprint,
  expired: readonly Fingerprint[],
): FileOperation {
  const free = freeSecondary(repository, expired);
  if (free !== undefined) return { kind: 'replace', index: free, key };
  return { kind: 'add', index: topIndexOf(repository) + 1, key: primaryOf(repository)! };
}

/** The lowest secondary whose key nobody misses: expired, or also under another name. */
function freeSecondary(repository: Repository, expired: readonly Fingerprint[]): number | undefined {
  return secondaryIndexesOf(repository).find(
    (index) => expired.includes(repository[index]!) || isElsewhere(repository, index),
  );
}

function isElsewhere(repository: Repository, index: number): boolean {
  return indexesOf(repository).some((other) => other !== index && repository[other] === repository[index]);
}

export function applyOperation(repository: Repository, operation: FileOperation): Repository {
  return { ...repository, [operation.index]: operation.key };
}

/**
 * Every repository on the way from one to a placement, both ends included. Whoever takes up work that an earlier
 * attempt began must find the node at one of these; anything else was somebody else's doing.
 */
export function wayTo(
  repository: Repository,
  placement: Placement,
  expired: readonly Fingerprint[],
): Repository[] {
  const way = [repository];
  for (let here = repository; way.length <= MOST_OPERATIONS; way.push(here)) {
    const operation = nextOperation(here, placement, expired);
    if (operation === null) return way;
    here = applyOperation(here, operation);
  }
  throw new RangeError(`no way to ${placement.kind} ${placement.key} from ${digestOf(repository)}`);
}
