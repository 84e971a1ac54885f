/** Everything that a disk may hold after a power loss. */
import { Disk, directory, type Directory, type File } from '../../sim/disk.js';

/** What an unsynced file's content has become. */
type Contents = ReadonlyMap<File, Buffer>;

/**
 * Of what was not synced, every part may be there or not: the content of a file is empty, torn or whole; of the changes of a
 * directory any subset took place. A subset shows, for each name, only its last change, so the product over names of what
 * each may stand for is all of them.
 */
export function* statesAfterPowerLoss({ root }: Disk): Generator<Disk> {
  for (const contents of contentsOf([...unsyncedFiles(root)])) {
    for (const survivor of survivorsOf(root, contents)) {
      const disk = new Disk();
      disk.root = survivor;
      yield disk;
    }
  }
}

/** The same text for the same state, so that each is looked at once. */
export function describeDisk({ root }: Disk): string {
  return describe(root);
}

function describe({ names }: Directory): string {
  const entries = [...names].sort(([a], [b]) => (a < b ? -1 : 1));
  return entries
    .map(([name, entry]) => {
      const content = entry.kind === 'file' ? entry.content.toString('latin1') : `{${describe(entry)}}`;
      return `${name} ${entry.mode} ${content}`;
    })
    .join('\n');
}

function unsyncedFiles({ names, durable, unsynced }: Directory, found = new Set<File>()): Set<File> {
  for (const entry of [...names.values(), ...durable.values(), ...unsynced.map(({ target }) => target)]) {
    if (entry?.kind === 'directory') unsyncedFiles(entry, found);
    else if (entry && entry.unsyncedAt !== null) found.add(entry);
  }
  return found;
}

function* contentsOf([first, ...others]: readonly File[]): Generator<Contents> {
  if (!first) {
    yield new Map();
    return;
  }
  const { content } = first;
  const variants =
    content.length === 0
      ? [content]
      : [0, content.length >> 1, content.length].map((n) => content.subarray(0, n));
  for (const rest of contentsOf(others)) {
    for (const variant of variants) yield new Map([...rest, [first, Buffer.from(variant)]]);
  }
}

function* survivorsOf(where: Directory, contents: Contents): Generator<Directory> {
  const names = [...new Set([...where.durable.keys(), ...where.unsynced.map(({ name }) => name)])];
  for (const entries of choicesOf(where, names, contents)) {
    const survivor = { ...directory(where.modifiedAt), mode: where.mode };
    for (const [name, entry] of entries) survivor.names.set(name, entry);
    survivor.durable = new Map(survivor.names);
    yield survivor;
  }
}

type Entries = readonly (readonly [string, File | Directory])[];

function* choicesOf(
  where: Directory,
  [name, ...others]: readonly string[],
  contents: Contents,
): Generator<Entries> {
  if (name === undefined) {
    yield [];
    return;
  }
  const changes = where.unsynced.filter((change) => change.name === name).map(({ target }) => target);
  for (const target of new Set([where.durable.get(name) ?? null, ...changes])) {
    for (const entry of target?.kind === 'directory' ? survivorsOf(target, contents) : [target]) {
      for (const rest of choicesOf(where, others, contents)) {
        if (entry === null) yield rest;
        else yield [[name, entry.kind === 'file' ? copyOf(entry, contents) : entry], ...rest];
      }
    }
  }
}

function copyOf(entry: File, contents: Contents): File {
  return { ...entry, content: contents.get(entry) ?? entry.content, key: undefined, unsyncedAt: null };
}
