/**
 * A node's disk as POSIX promises it and no better: a name is not its file, and neither outlives a power loss before it was
 * synced.
 */
import type { Fingerprint } from '../core/repository.js';
import { fingerprint, parseKey } from '../keys/key.js';
import type { Random } from './random.js';

export interface File {
  readonly kind: 'file';
  content: Buffer;
  mode: number;
  /** Milliseconds, by the node's clock. */
  modifiedAt: number;
  /** Since when its content waits to be written to the disk; null when it is there. */
  unsyncedAt: number | null;
  /** What key the content is; null when it is none, undefined when nobody has looked yet. */
  key: Fingerprint | null | undefined;
}

export interface Directory {
  readonly kind: 'directory';
  readonly mode: number;
  readonly modifiedAt: number;
  readonly names: Map<string, File | Directory>;
  durable: Map<string, File | Directory>;
  unsynced: Change[];
}

interface Change {
  readonly at: number;
  readonly name: string;
  readonly target: File | Directory | null;
}

export type DiskErrorCode = 'ENOENT' | 'EEXIST' | 'ENOSPC' | 'EIO' | 'EACCES';

export class DiskError extends Error {
  constructor(readonly code: DiskErrorCode) {
    super(code);
  }
}

/** The kernel writes everything back by itself after this (Linux: dirty_expire_centisecs and a commit interval). */
const WRITTEN_BACK_AFTER_MS = 35_000;

/** More than a node sees in that time. */
const MOST_UNSYNCED = 200;

export class Disk {
  root = directory(0);
  private lost = 0;

  file(path: string): File {
    const found = this.find(path);
    if (found.kind !== 'file') throw new DiskError('EACCES');
    return found;
  }

  directory(path: string): Directory {
    const found = this.find(path);
    if (found.kind !== 'directory') throw new DiskError('ENOENT');
    return found;
  }

  find(path: string): File | Directory {
    let here: File | Directory = this.root;
    for (const name of path === '.' ? [] : path.split('/')) {
      const next: File | Directory | undefined = here.kind === 'directory' ? here.names.get(name) : undefined;
      if (!next) throw new DiskError('ENOENT');
      here = next;
    }
    return here;
  }

  /** Adds, replaces or (null) removes a name. */
  change(path: string, target: File | Directory | null, at: number): void {
    const { parent, name } = this.parentOf(path);
    if (target) parent.names.set(name, target);
    else parent.names.delete(name);
    parent.unsynced.push({ at, name, target });
    if (parent.unsynced.length > MOST_UNSYNCED) writeBack(parent, at);
  }

  has(path: string): boolean {
    const { parent, name } = this.parentOf(path);
    return parent.names.has(name);
  }

  syncDirectory(path: string): void {
    const { names, unsynced } = this.directory(path);
    unsynced.length = 0;
    this.directory(path).durable = new Map(names);
  }

  hasUnsynced(now: number): boolean {
    return isUnsynced(this.root, now);
  }

  /** The power goes: of what was not synced, any part may be there or not. */
  losePower(random: Random, now: number): void {
    this.lost++;
    recover(this.root, random, now);
  }

  /** How often power was lost: what was open before is open no more. */
  get powerLosses(): number {
    return this.lost;
  }

  copy(): Directory {
    return copyOf(this.root);
  }

  restore(copy: Directory): void {
    this.lost++;
    this.root = copyOf(copy);
  }

  private parentOf(path: string): { parent: Directory; name: string } {
    const slash = path.lastIndexOf('/');
    return { parent: this.directory(slash < 0 ? '.' : path.slice(0, slash)), name: path.slice(slash + 1) };
  }
}

export function directory(modifiedAt: number): Directory {
  return { kind: 'directory', mode: 0o700, modifiedAt, names: new Map(), durable: new Map(), unsynced: [] };
}

export function file(content: Buffer, mode: number, modifiedAt: number, unsyncedAt: number | null): File {
  return { kind: 'file', content, mode, modifiedAt, unsyncedAt, key: undefined };
}

/** The key that a file's content is; null when Keystone could not use it. */
export function keyIn(entry: File): Fingerprint | null {
  if (entry.key !== undefined) return entry.key;
  try {
    entry.key = fingerprint(parseKey(entry.content));
  } catch {
    entry.key = null;
  }
  return entry.key;
}

function isUnsynced({ unsynced, names }: Directory, now: number): boolean {
  const isYoung = (at: number) => at > now - WRITTEN_BACK_AFTER_MS;
  return (
    unsynced.some(({ at }) => isYoung(at)) ||
    [...names.values()].some((entry) => entry.kind === 'file' && isYoung(entry.unsyncedAt ?? 0))
  );
}

function recover(where: Directory, random: Random, now: number): void {
  writeBack(where, now);
  apply(where, keptChanges(where.unsynced, random));
  where.unsynced.length = 0;
  where.names.clear();
  for (const [name, entry] of where.durable) {
    where.names.set(name, entry);
    if (entry.kind === 'directory') recover(entry, random, now);
    else tear(entry, random, now);
  }
}

function apply(where: Directory, changes: readonly Change[]): void {
  for (const { name, target } of changes) {
    if (target) where.durable.set(name, target);
    else where.durable.delete(name);
  }
}

function writeBack(where: Directory, now: number): void {
  apply(where, where.unsynced.filter(isOldAt(now)));
  where.unsynced = where.unsynced.filter((change) => !isOldAt(now)(change));
}

function isOldAt(now: number): (change: Change) => boolean {
  return ({ at }) => at <= now - WRITTEN_BACK_AFTER_MS;
}

/** A journal keeps the first of them; without one, any. */
function keptChanges(changes: readonly Change[], random: Random): Change[] {
  const keptCount = random.between(0, changes.length);
  const isOrdered = random.chance(0.7);
  return changes.filter((_, position) => (isOrdered ? position < keptCount : random.chance(0.5)));
}

function tear(entry: File, random: Random, now: number): void {
  if (entry.unsyncedAt !== null && entry.unsyncedAt > now - WRITTEN_BACK_AFTER_MS) {
    const length = random.pick([0, entry.content.length, random.below(entry.content.length + 1)]);
    entry.content = Buffer.from(entry.content.subarray(0, length));
    entry.key = undefined;
  }
  entry.unsyncedAt = null;
}

function copyOf({ mode, modifiedAt, names }: Directory): Directory {
  const copies = new Map(
    [...names].map(([name, entry]) => [
      name,
      entry.kind === 'directory' ? copyOf(entry) : { ...entry, unsyncedAt: null },
    ]),
  );
  return { kind: 'directory', mode, modifiedAt, names: copies, durable: new Map(copies), unsynced: [] };
}
