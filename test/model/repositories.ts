import { digestOf, indexesOf, primaryOf, stagedOf, type Repository } from '../../core/repository.js';
import { Interner } from './interning.js';
import { numberOf, setOf } from './keys.js';

/** A repository, and what the invariants ask of it, worked out once. */
export interface KnownRepository {
  readonly repository: Repository;
  /** The set of its keys. */
  readonly keys: number;
  /** -1 when it is empty. */
  readonly primary: number;
  /** -1 when there is none. */
  readonly staged: number;
}

export class Repositories {
  private readonly interner = new Interner<KnownRepository>();

  idOf(repository: Repository): number {
    return this.interner.idOf(digestOf(repository), knownRepository(repository));
  }

  get(id: number): KnownRepository {
    return this.interner.get(id);
  }
}

function knownRepository(repository: Repository): KnownRepository {
  const primary = primaryOf(repository);
  const staged = stagedOf(repository);
  return {
    repository,
    keys: setOf(Object.values(repository)),
    primary: primary === undefined ? -1 : numberOf(primary),
    staged: staged === undefined ? -1 : numberOf(staged),
  };
}

/** `0:S 1:P`; the empty text is an empty repository. */
export function parseRepository(text: string): Repository {
  const files = text.split(' ').filter((file) => file !== '');
  return Object.fromEntries(files.map((file) => file.split(':') as [string, string]));
}

/**
 * The first half of a `fernet_rotate`, as keystone/common/fernet_utils.py does it: slot 0 is moved to the top. What it purges
 * at its end it decides from the listing of its beginning: the lowest names, until `maxActiveKeys` files are left.
 */
export function beginStrayRotate(
  repository: Repository,
  maxActiveKeys: number,
): { readonly moved: Repository; readonly purged: readonly number[] } {
  const { 0: staged, ...others } = repository;
  const top = indexesOf(repository).at(-1)!;
  const moved = { ...others, [top + 1]: staged! };
  const indexes = indexesOf(moved);
  return { moved, purged: indexes.slice(0, Math.max(0, indexes.length - (maxActiveKeys - 1))) };
}

/** The second half: a new staged key, and the purge. */
export function endStrayRotate(repository: Repository, key: string, purged: readonly number[]): Repository {
  const left = Object.entries(repository).filter(([index]) => !purged.includes(Number(index)));
  return { ...Object.fromEntries(left), 0: key };
}
