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

/**
 * The digest of a repository: its whole map as text. Exact, readable in a history, and without a hash function that
 * workflow code would not have.
 */
export function digestOf(repository: Repository): string {
  return indexesOf(repository)
    .map((index) => `${index}:${repository[index]}`)
    .join(' ');
}
