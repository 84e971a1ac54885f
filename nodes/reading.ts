import type { Problem } from '../core/problems.js';
import type { Contents, Damage, Fingerprint } from '../core/repository.js';
import { mayBeSecret, shownName } from '../core/secrets.js';
import { MalformedKeyError, fingerprint, parseKey, wipe } from '../keys/key.js';
import { NodeError } from './node-error.js';
import type { Attributes, Entry, RepositoryFiles } from './repository-files.js';

/** The one entry of ours beside the keys; Keystone skips directories. */
export const WORK_DIRECTORY = '.rotor';

/** A key's name: Python's `int()` would take more, and what it takes without being this is a trap. */
const CANONICAL_INDEX = /^(0|[1-9]\d{0,8})$/;
const PYTHON_INTEGER = /^\s*[+-]?\p{Nd}+(_\p{Nd}+)*\s*$/u;

const OTHERS_MAY_WRITE = 0o022;

/** Keystone's own mode for a key (keystone/common/fernet_utils.py, umask 0o177). */
const KEY_MODE = 0o600;

export interface Reading extends Contents {
  readonly problems: readonly Problem[];
  /** What a new key file has to look like: the owner of the directory, and the mode of the keys that are there. */
  readonly owner: Pick<Attributes, 'mode' | 'uid' | 'gid'>;
  /** The file that holds each key, also one under a name that is not proper. */
  readonly fileOf: ReadonlyMap<Fingerprint, string>;
}

/**
 * Reads a key repository as Keystone would, and names everything that Keystone would stumble over. Writes nothing.
 *
 * @throws NodeError `no-repository` when it does not exist; problems of its content are in the answer
 */
export async function readRepository(files: RepositoryFiles): Promise<Reading> {
  const { directory, entries, owner } = await lookAround(files);
  const repository: Record<number, Fingerprint> = {};
  const fileOf = new Map<Fingerprint, string>();
  const damage: Damage[] = [];
  const problems: Problem[] = [];

  const findings = await Promise.all(
    entries.map((entry) => examine(files, entry, directory).catch(vanished(files, entry))),
  );
  for (const [position, finding] of findings.entries()) {
    const entry = entries[position]!;
    if (finding.key !== null) fileOf.set(finding.key, entry.name);
    if (finding.key !== null && finding.index !== null) repository[finding.index] = finding.key;
    if (finding.damage) damage.push(finding.damage);
    if (finding.problem) {
      const { code, message } = finding.problem;
      problems.push({
        code,
        message: `${files.node}: ${files.path}/${shownName(entry.name)} ${message}`,
      });
    }
  }
  if (Object.keys(repository).length === 0 && problems.length === 0) {
    const message = `${files.node}: ${files.path} has no keys; if that is its right directory, \`rotor reconcile\` brings it the fleet's (never \`fernet_setup\`)`;
    problems.push({ code: 'empty-repository', message });
  }
  return { repository, damage, problems, owner, fileOf };
}

/** What can be seen of a repository without reading a key. */
export interface Surroundings {
  readonly directory: Attributes;
  /** All but what is ours. */
  readonly entries: readonly Entry[];
  readonly owner: Reading['owner'];
  readonly hasWorkDirectory: boolean;
}

/** @throws NodeError `no-repository` when it does not exist, `other-repository` when it is none of Fernet keys */
export async function lookAround(files: RepositoryFiles): Promise<Surroundings> {
  const listing = files.list('.');
  listing.catch(() => {}); // without a directory the first question says what is wrong
  const directory = await attributesOfRepository(files);
  const all = await listing;
  const entries = all.filter((entry) => !isExpected(entry)).sort(byName);
  refuseKeysOfJws(files, entries);
  return {
    directory,
    entries,
    owner: { ...directory, mode: modeOfKeys(entries, directory) },
    hasWorkDirectory: all.some(isWorkDirectory),
  };
}

/** Somebody else, a stray rotate or a dead attempt, was at work between our listing and our reading. */
function vanished(files: RepositoryFiles, { name }: Entry): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof NodeError) || error.code !== 'no-repository') throw error;
    const message = `${files.path}/${name} went away while it was read; it is looked at again`;
    throw new NodeError('changed-underneath', files.node, message);
  };
}

/** What one entry of the directory is. */
interface Finding {
  /** Its place in the repository; null when it has none. */
  readonly index: number | null;
  readonly key: Fingerprint | null;
  readonly damage: Damage | null;
  readonly problem: Problem | null;
}

async function examine(files: RepositoryFiles, entry: Entry, directory: Attributes): Promise<Finding> {
  const { name, kind } = entry;
  if (kind !== 'file')
    return { ...NOTHING, problem: strayProblem(`is no file; move it out of the repository`) };
  if (mayBeSecret(name)) return { ...NOTHING, problem: strayProblem(SECRET_NAME) };
  const isProper = CANONICAL_INDEX.test(name);
  if (!isProper && !PYTHON_INTEGER.test(name)) {
    const message =
      'does not belong here, and Keystone opens every file for each token; move it away, or say `rotor reconcile`';
    return { ...NOTHING, damage: { kind: 'stray', name }, problem: strayProblem(message) };
  }
  const content = await keyOf(files, name);
  const key = 'key' in content ? content.key : null;
  if (!isProper) {
    const message =
      'is taken for a key by Keystone, but is not named like one; move it away, or say `rotor reconcile`';
    return {
      ...NOTHING,
      key,
      damage: { kind: 'alias', name, index: properIndex(name), key },
      problem: strayProblem(message),
    };
  }
  const index = Number(name);
  if ('mistake' in content) {
    const message = `is not a key (${content.mistake}); every token operation of that Keystone may fail: restore it from another node, or say \`rotor reconcile\``;
    return { ...NOTHING, damage: { kind: 'malformed', index }, problem: { code: 'malformed-key', message } };
  }
  const permission = permissionReason(entry, directory);
  if (permission === null) return { ...NOTHING, index, key };
  return {
    index,
    key,
    damage: { kind: 'permissions', index, key: content.key },
    problem: { code: 'permissions', message: permission },
  };
}

const NOTHING: Finding = { index: null, key: null, damage: null, problem: null };

/** Damage is mended by its name, which stands in histories; this one is not to. */
const SECRET_NAME =
  '(a file) is named as if its name were a key; move it out of the repository by hand, and if it is one, `rotor revoke`';

function strayProblem(message: string): Problem {
  return { code: 'stray-file', message };
}

/** The name that a key of this number should have; null when none stands for it. */
function properIndex(name: string): number | null {
  const index = Number(name.trim().replaceAll('_', ''));
  return CANONICAL_INDEX.test(`${index}`) ? index : null;
}

/** Ours, and what a file system has at its own root; Keystone skips directories. */
function isExpected(entry: Entry): boolean {
  return isWorkDirectory(entry) || (entry.kind === 'directory' && entry.name === 'lost+found');
}

function isWorkDirectory({ name, kind }: Entry): boolean {
  return kind === 'directory' && name === WORK_DIRECTORY;
}

function byName(a: Entry, b: Entry): number {
  return a.name < b.name ? -1 : 1;
}

/**
 * The bytes of one key.
 *
 * @returns 32 bytes, to be wiped by the caller
 * @throws NodeError `changed-underneath` when another key stands there now
 */
export async function readKey(files: RepositoryFiles, name: string, expected: Fingerprint): Promise<Buffer> {
  const content = await files.read(name);
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
    `${files.path}/${name} is not key ${expected} any more`,
  );
}

/** Marks of a repository that is not one of Fernet keys for tokens. */
const CREDENTIAL_DIRECTORY = /(^|\/)credential-keys$/;
const JWS_FILE = /\.pem$/;

/**
 * Keystone has another key repository that looks the same. Overwriting it loses data for ever, so it is recognized by its
 * path before anything else.
 *
 * @throws NodeError `other-repository`
 */
export async function refuseKeysOfCredentials(files: RepositoryFiles): Promise<void> {
  const path = await files.realPath();
  if (!CREDENTIAL_DIRECTORY.test(path)) return;
  throw new NodeError(
    'other-repository',
    files.node,
    `${path} holds the keys of credentials, which must not be rotated like those of tokens (keystone-manage credential_rotate); correct \`repository\` of this node`,
  );
}

function refuseKeysOfJws(files: RepositoryFiles, entries: readonly Entry[]): void {
  const pem = entries.find(({ name }) => JWS_FILE.test(name));
  if (!pem) return;
  throw new NodeError(
    'other-repository',
    files.node,
    `${files.path}/${shownName(pem.name)} looks like a key of JWS tokens, whose private half never leaves its node; correct \`repository\` of this node`,
  );
}

async function attributesOfRepository(files: RepositoryFiles): Promise<Attributes> {
  try {
    const directory = await files.attributes('.');
    // A symbolic link to a directory is one.
    if (directory.kind !== 'file') return directory;
    throw new NodeError(
      'other-repository',
      files.node,
      `${files.path} is a file and no directory; correct \`repository\` of this node`,
    );
  } catch (error) {
    if (!(error instanceof NodeError) || error.code !== 'no-repository') throw error;
    throw new NodeError(
      'no-repository',
      files.node,
      `there is no ${files.path}; check \`repository\` of this node, which is as its SFTP session sees it`,
    );
  }
}

async function keyOf(
  files: RepositoryFiles,
  name: string,
): Promise<{ readonly key: Fingerprint } | { readonly mistake: string }> {
  const content = await files.read(name);
  let key: Buffer | null = null;
  try {
    key = parseKey(content);
    return { key: fingerprint(key) };
  } catch (error) {
    if (!(error instanceof MalformedKeyError)) throw error;
    return { mistake: error.message };
  } finally {
    wipe(content);
    if (key) wipe(key);
  }
}

function permissionReason(entry: Entry, directory: Attributes): string | null {
  if (entry.uid !== directory.uid)
    return `belongs to uid ${entry.uid}, the repository to ${directory.uid}; chown it`;
  if ((entry.mode & OTHERS_MAY_WRITE) !== 0)
    return `may be written by others (mode ${entry.mode.toString(8)}); chmod it`;
  return null;
}

/** That of the first key that is as it should be. */
function modeOfKeys(entries: readonly Entry[], directory: Attributes): number {
  const isGood = (entry: Entry) =>
    entry.kind === 'file' && CANONICAL_INDEX.test(entry.name) && permissionReason(entry, directory) === null;
  return entries.find(isGood)?.mode ?? KEY_MODE;
}
