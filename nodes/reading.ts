import type { Problem } from '../core/problems.js';
import type { Fingerprint, Repository } from '../core/repository.js';
import { MalformedKeyError, fingerprint, parseKey, wipe } from '../keys/key.js';
import { NodeError } from './node-error.js';
import type { Attributes, Entry, RepositoryFiles } from './repository-files.js';

/** The one entry of ours beside the keys; Keystone skips directories. */
export const WORK_DIRECTORY = '.rotor';

/** A key's name: Python's `int()` would take more, and what it takes without being this is a trap. */
const CANONICAL_INDEX = /^(0|[1-9]\d{0,8})$/;
const PYTHON_INTEGER = /^[+-]?\d+(_\d+)*$/;

const OTHERS_MAY_WRITE = 0o022;

export interface Reading {
  readonly repository: Repository;
  readonly problems: readonly Problem[];
  /** What a new key file has to look like: the owner of the directory, and the mode of the keys that are there. */
  readonly owner: Pick<Attributes, 'mode' | 'uid' | 'gid'>;
}

/** Keystone's own mode for a key (keystone/common/fernet_utils.py, umask 0o177). */
const KEY_MODE = 0o600;

/**
 * Reads a key repository as Keystone would, and names everything that Keystone would stumble over. Writes nothing.
 *
 * @throws NodeError `no-repository` when it does not exist; problems of its content are in the answer
 */
export async function readRepository(files: RepositoryFiles): Promise<Reading> {
  const directory = await attributesOfRepository(files);
  const entries = await files.list('.');
  const repository: Record<number, Fingerprint> = {};
  const problems: Problem[] = [];
  const report = (code: Problem['code'], message: string) =>
    problems.push({ code, message: `${files.node}: ${message}` });

  for (const entry of entries.filter(({ name }) => name !== WORK_DIRECTORY)) {
    const stray = strayReason(entry);
    if (stray) {
      report('stray-file', `${at(files, entry.name)} ${stray}`);
      continue;
    }
    const permission = permissionReason(entry, directory);
    if (permission) report('permissions', `${at(files, entry.name)} ${permission}`);
    const key = await fingerprintOf(files, entry, report);
    if (key !== null) repository[Number(entry.name)] = key;
  }
  if (Object.keys(repository).length === 0 && problems.length === 0) {
    report(
      'empty-repository',
      `${files.path} has no keys; copy those of a node that has them (never \`fernet_setup\`)`,
    );
  }
  return { repository, problems, owner: { ...directory, mode: modeOfKeys(entries) } };
}

/**
 * The bytes of one key.
 *
 * @returns 32 bytes, to be wiped by the caller
 * @throws NodeError `changed-underneath` when another key stands there now
 */
export async function readKey(files: RepositoryFiles, index: number, expected: Fingerprint): Promise<Buffer> {
  const content = await files.read(`${index}`);
  try {
    const key = parseKey(content);
    if (fingerprint(key) === expected) return key;
    wipe(key);
  } catch (error) {
    if (!(error instanceof MalformedKeyError)) throw error;
  } finally {
    wipe(content);
  }
  throw new NodeError(
    'changed-underneath',
    files.node,
    `${at(files, `${index}`)} is not key ${expected} any more`,
  );
}

async function attributesOfRepository(files: RepositoryFiles): Promise<Attributes> {
  try {
    return await files.attributes('.');
  } catch (error) {
    if (!(error instanceof NodeError) || error.code !== 'no-repository') throw error;
    throw new NodeError(
      'no-repository',
      files.node,
      `there is no ${files.path}; check \`repository\` of this node, which is as its SFTP session sees it`,
    );
  }
}

async function fingerprintOf(
  files: RepositoryFiles,
  entry: Entry,
  report: (code: Problem['code'], message: string) => void,
): Promise<Fingerprint | null> {
  const content = await files.read(entry.name);
  let key: Buffer | null = null;
  try {
    key = parseKey(content);
    return fingerprint(key);
  } catch (error) {
    if (!(error instanceof MalformedKeyError)) throw error;
    report(
      'malformed-key',
      `${at(files, entry.name)} is not a key (${error.message}); every token operation of that Keystone may fail: restore it from another node, or move it away`,
    );
    return null;
  } finally {
    wipe(content);
    if (key) wipe(key);
  }
}

function strayReason({ name, kind }: Entry): string | null {
  if (CANONICAL_INDEX.test(name) && kind === 'file') return null;
  if (PYTHON_INTEGER.test(name))
    return 'is taken for a key by Keystone, but is not one of ours; move it out of the repository';
  if (kind === 'directory') return 'is a directory that does not belong here; move it out of the repository';
  return 'does not belong here, and Keystone opens every file for each token; move it out of the repository';
}

function permissionReason(entry: Entry, directory: Attributes): string | null {
  if (entry.uid !== directory.uid)
    return `belongs to uid ${entry.uid}, the repository to ${directory.uid}; chown it`;
  if ((entry.mode & OTHERS_MAY_WRITE) !== 0)
    return `may be written by others (mode ${entry.mode.toString(8)}); chmod it`;
  return null;
}

function modeOfKeys(entries: readonly Entry[]): number {
  return entries.find(({ name, kind }) => kind === 'file' && CANONICAL_INDEX.test(name))?.mode ?? KEY_MODE;
}

function at(files: RepositoryFiles, name: string): string {
  return `${files.path}/${name}`;
}
