/**
 * The file operations that change a repository while a Keystone reads it. Names of keys never vanish: a name's content is
 * replaced by renaming a fresh copy over it, or a new name is added by linking a fresh copy to it. Between two operations
 * the caller pauses for longer than one directory read, so that no reader straddles both.
 */
import {
  STAGED_INDEX,
  digestOf,
  holds,
  indexesOf,
  isEmpty,
  primaryOf,
  secondaryIndexesOf,
  stagedOf,
  topIndexOf,
  type Contents,
  type Damage,
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
  /** Every secondary whose key is in the list of expired ones is overwritten by a copy of the primary. */
  | { readonly kind: 'expire' }
  /** An empty repository gets its first key, which is its primary at once, with names below it left for the others. */
  | { readonly kind: 'seed'; readonly key: Fingerprint; readonly index: number }
  /** Whatever is no key is overwritten by a copy of the fleet's keys, or moved out of Keystone's sight. */
  | { readonly kind: 'mend'; readonly primary: Fingerprint; readonly staged: Fingerprint };

export type FileOperation =
  /** Rename a fresh copy of the key over an existing name. */
  | { readonly kind: 'replace'; readonly index: number; readonly key: Fingerprint }
  /** Link a fresh copy of the key to a name that does not exist yet; refused if it does. */
  | { readonly kind: 'add'; readonly index: number; readonly key: Fingerprint }
  /** Move a file that is no key to where Keystone does not look. */
  | { readonly kind: 'aside'; readonly name: string };

/** A longer way than this to a placement is a fault of the rules, not work to be done. */
const MOST_OPERATIONS = 512;

/**
 * The one next file operation that brings a repository nearer to a placement, or null when it is there.
 * It depends on nothing but its arguments, so whoever comes back after a crash goes on where the last one stopped.
 *
 * @param expired keys that no token needs any more (age, see `ledger.ts`); their secondary places may be taken
 * @throws RangeError when the placement is impossible: nothing to build on, or a key to promote that is not held
 */
export function nextOperation(
  { repository, damage }: Contents,
  placement: Placement,
  expired: readonly Fingerprint[],
): FileOperation | null {
  switch (placement.kind) {
    case 'seed':
      return isEmpty(repository) ? { kind: 'add', index: placement.index, key: placement.key } : null;
    case 'mend':
      return mendFirst({ repository, damage }, placement);
    case 'hold':
      return holds(repository, placement.key) ? null : takeSecondary(repository, placement.key, expired);
    case 'promote':
      return promote(repository, placement.key, expired);
    case 'stage':
      return stage(repository, placement.key, expired);
    case 'expire':
      return expire(repository, expired);
  }
}

function promote(
  repository: Repository,
  key: Fingerprint,
  expired: readonly Fingerprint[],
): FileOperation | null {
  const primary = mustHavePrimary(repository);
  if (primary === key) return null;
  if (!holds(repository, key))
    throw new RangeError(`key ${key} is not in the repository, so it can't be promoted`);
  const top = topIndexOf(repository);
  if (isElsewhere(repository, top)) return { kind: 'replace', index: top, key };
  const free = freeSecondary(repository, expired);
  return free === undefined || holdsOnlyAt(repository, free, key)
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

function expire(repository: Repository, expired: readonly Fingerprint[]): FileOperation | null {
  const primary = mustHavePrimary(repository);
  const index = secondaryIndexesOf(repository).find(
    (secondary) => repository[secondary] !== primary && expired.includes(repository[secondary]!),
  );
  return index === undefined ? null : { kind: 'replace', index, key: primary };
}

/**
 * Files that are no keys come first: where one stands, its name can't be given to a key that is kept. Of those the highest
 * comes first, so that nothing but the primary ever is on top.
 */
function mendFirst(
  { repository, damage }: Contents,
  placement: Extract<Placement, { kind: 'mend' }>,
): FileOperation | null {
  const [highest] = damage.filter(isMalformed).sort((a, b) => b.index - a.index);
  const first = highest ?? damage[0];
  return first ? mend(repository, first, placement) : null;
}

function isMalformed(damage: Damage): damage is Extract<Damage, { kind: 'malformed' }> {
  return damage.kind === 'malformed';
}

/**
 * What is broken is overwritten by a key that every node has, so that no name vanishes; only what must not be there at
 * all is moved away, and a key among it is first kept under a proper name.
 */
function mend(
  repository: Repository,
  damage: Damage,
  { primary, staged }: Extract<Placement, { kind: 'mend' }>,
): FileOperation {
  switch (damage.kind) {
    case 'malformed': {
      // A key that stands alone in slot 0 is what Keystone writes with, so it has to be the primary.
      const isStaged = damage.index === STAGED_INDEX && !isEmpty(repository);
      return { kind: 'replace', index: damage.index, key: isStaged ? staged : primary };
    }
    case 'permissions':
      return { kind: 'replace', index: damage.index, key: damage.key };
    case 'stray':
      return { kind: 'aside', name: damage.name };
    case 'alias': {
      const { key, index, name } = damage;
      // Keystone already writes with a key whose number is the highest: it keeps that place, so that nothing goes back.
      const isOnTop = index !== null && index > topIndexOf(repository);
      if (key === null || (holds(repository, key) && !isOnTop)) return { kind: 'aside', name };
      if (index !== null && repository[index] === undefined) return { kind: 'add', index, key };
      if (isEmpty(repository)) return { kind: 'add', index: STAGED_INDEX + 1, key: primary };
      return takeSecondary(repository, key, []);
    }
  }
}

/**
 * A secondary place for a key: a free one, a name that is missing below the top, or one that is made free by giving the
 * primary a second, higher name.
 */
function takeSecondary(
  repository: Repository,
  key: Fingerprint,
  expired: readonly Fingerprint[],
): FileOperation {
  const primary = mustHavePrimary(repository);
  const free = freeSecondary(repository, expired);
  if (free !== undefined) return { kind: 'replace', index: free, key };
  const top = topIndexOf(repository);
  const gap = firstGap(repository, top);
  return gap === undefined ? { kind: 'add', index: top + 1, key: primary } : { kind: 'add', index: gap, key };
}

/** The lowest secondary whose key nobody misses: expired, or also under another name. */
function freeSecondary(repository: Repository, expired: readonly Fingerprint[]): number | undefined {
  return secondaryIndexesOf(repository).find(
    (index) => expired.includes(repository[index]!) || isElsewhere(repository, index),
  );
}

function firstGap(repository: Repository, top: number): number | undefined {
  for (let index = STAGED_INDEX + 1; index < top; index++) if (repository[index] === undefined) return index;
  return undefined;
}

function isElsewhere(repository: Repository, index: number): boolean {
  return indexesOf(repository).some((other) => other !== index && repository[other] === repository[index]);
}

function holdsOnlyAt(repository: Repository, index: number, key: Fingerprint): boolean {
  return repository[index] === key && !isElsewhere(repository, index);
}

function mustHavePrimary(repository: Repository): Fingerprint {
  const primary = primaryOf(repository);
  if (primary === undefined) throw new RangeError('an empty repository has nothing to build on');
  return primary;
}

export function applyOperation({ repository, damage }: Contents, operation: FileOperation): Contents {
  if (operation.kind === 'aside') {
    return { repository, damage: damage.filter((each) => !('name' in each) || each.name !== operation.name) };
  }
  const { index, key } = operation;
  const isMended = (each: Damage) =>
    (each.kind === 'malformed' || each.kind === 'permissions') && each.index === index;
  return {
    repository: { ...repository, [index]: key },
    damage: damage.filter((each) => !isMended(each)),
  };
}

/**
 * Everything on the way from what a repository holds to a placement, both ends included. Whoever takes up work that an
 * earlier attempt began must find the node at one of these; anything else was somebody else's doing.
 */
export function wayTo(contents: Contents, placement: Placement, expired: readonly Fingerprint[]): Contents[] {
  const way = [contents];
  for (let here = contents; way.length <= MOST_OPERATIONS; way.push(here)) {
    const operation = nextOperation(here, placement, expired);
    if (operation === null) return way;
    here = applyOperation(here, operation);
  }
  throw new RangeError(`no way to ${placement.kind} from ${digestOf(contents.repository)}`);
}

/** Keys whose bytes a placement may need from another node; all else that it places is on the node already. */
export function keysNeededFor(placement: Placement): Fingerprint[] {
  switch (placement.kind) {
    case 'hold':
    case 'seed':
      return [placement.key];
    case 'mend':
      return [placement.primary, placement.staged];
    case 'promote':
    case 'stage':
    case 'expire':
      return [];
  }
}
