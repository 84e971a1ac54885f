/**
 * What a Keystone key repository is: files named by integers, each one key. Index 0 is the staged key, the highest
 * index the primary, all between are secondary (keystone/common/fernet_utils.py). A key is known by its fingerprint
 * alone; its bytes never come here.
 */

/** First 16 hex digits of a SHA-256 over the key; see `keys/key.ts`. */
export type Fingerprint = string;

/** Index → fingerprint. JavaScript keeps integer names in ascending order, so it prints and compares stably. */
export type Repository = Readonly<Record<number, Fingerprint>>;

export type KeyState = 'staged' | 'primary' | 'secondary';

export interface KeyEntry {
  readonly index: number;
  readonly fingerprint: Fingerprint;
  readonly state: KeyState;
}

export const STAGED_INDEX = 0;

/** Something in a repository's directory that is no well-formed key under a canonical name. */
export type Damage =
  /** A key file whose content is no key: Keystone fails every token operation on it, or skips it when it is empty. */
  | { readonly kind: 'malformed'; readonly index: number }
  /** A key file with another owner than the directory, or one that others may write. */
  | { readonly kind: 'permissions'; readonly index: number; readonly key: Fingerprint }
  /**
   * A name that Keystone takes for a number although it is not written like one: `007`, `+7`. `index` is null where no proper
   * name stands for that number, `key` where the content is none.
   */
  | {
      readonly kind: 'alias';
      readonly name: string;
      readonly index: number | null;
      readonly key: Fingerprint | null;
    }
  /** A file that is no key at all. */
  | { readonly kind: 'stray'; readonly name: string };

/** All that stands in a repository's directory. */
export interface Contents {
  readonly repository: Repository;
  readonly damage: readonly Damage[];
}

export function indexesOf(repository: Repository): number[] {
  return Object.keys(repository).map(Number);
}

/** The highest index, whose key encrypts; -1 for an empty repository. */
export function topIndexOf(repository: Repository): number {
  return indexesOf(repository).at(-1) ?? -1;
}

export function primaryOf(repository: Repository): Fingerprint | undefined {
  return repository[topIndexOf(repository)];
}

export function stagedOf(repository: Repository): Fingerprint | undefined {
  return repository[STAGED_INDEX];
}

export function keysOf(repository: Repository): Set<Fingerprint> {
  return new Set(Object.values(repository));
}

export function holds(repository: Repository, key: Fingerprint): boolean {
  return Object.values(repository).includes(key);
}

export function secondaryIndexesOf(repository: Repository): number[] {
  const top = topIndexOf(repository);
  return indexesOf(repository).filter((index) => index !== STAGED_INDEX && index !== top);
}

export function entriesOf(repository: Repository): KeyEntry[] {
  const top = topIndexOf(repository);
  return indexesOf(repository).map((index) => ({
    index,
    fingerprint: repository[index]!,
    state: index === top ? 'primary' : index === STAGED_INDEX ? 'staged' : 'secondary',
  }));
}

/** A repository in which everything is a key. */
export function sound(repository: Repository): Contents {
  return { repository, damage: [] };
}

export function isEmpty(repository: Repository): boolean {
  return topIndexOf(repository) < 0;
}

/** A file that is no key may stand where the primary should be; the key below it is none then. */
export function isPrimaryCertain({ repository, damage }: Contents): boolean {
  const top = topIndexOf(repository);
  return damage.every((each) => {
    if (each.kind === 'stray' || each.kind === 'permissions') return true;
    return each.index !== null && each.index < top;
  });
}

/**
 * The digest of a repository: its whole map as text. Exact, readable in a history, and without a hash function that
 * workflow code would not have.
 */
export function digestOf(repository: Repository): string {
  return indexesOf(repository)
    .map((index) => `${index}:${repository[index]}`)
    .join(' ');
}

/** The same with everything that is no key. */
export function contentsDigest({ repository, damage }: Contents): string {
  if (damage.length === 0) return digestOf(repository);
  const broken = damage.map((each) => ('name' in each ? each.name : `${each.index}!`)).sort();
  return `${digestOf(repository)} | ${broken.join(' ')}`;
}
