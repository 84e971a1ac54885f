import { NodeError } from './node-error.js';
import { WORK_DIRECTORY } from './reading.js';
import type { Attributes, RepositoryFiles } from './repository-files.js';

export interface LockHolder {
  /** Workflow ID and run ID of the operation. */
  readonly operation: string;
  /** A name that no other attempt of any operation ever had. */
  readonly attempt: string;
}

const LOCK = `${WORK_DIRECTORY}/lock`;
const DIRECTORY_MODE = 0o700;

/** A visit takes seconds; a lock of another operation that is older than this was left behind by a dead one. */
const LEASE_SECONDS = 120;

/** Longer names than this never stood in a lock of ours. */
const LOCK_PATTERN = /^([\x21-\x7e]{1,300})\n([\w-]{1,80})\n$/;

export interface Lock {
  /** The node's clock minus ours; its file times are whole seconds. */
  readonly clockOffsetMs: number;
  /** @throws NodeError `locked` when somebody has taken the lock since */
  check(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes the node for one attempt. SFTP has no compare-and-set, so the lock is a fence rather than a wall: this order makes
 * whatever an earlier attempt still does harmless.
 *
 * An attempt stages its content under `.rotor`, then checks the lock, then acts. A new one writes the lock, then removes
 * what was staged, then reads. If the earlier one's check came before our write, its staged file was there before our
 * removal: either its act came first, and we read the result, or it finds no source and fails. If its check came after,
 * it sees our lock and stops.
 */
export async function takeLock(
  files: RepositoryFiles,
  holder: LockHolder,
  owner: Pick<Attributes, 'uid' | 'gid'>,
): Promise<Lock> {
  await ensureWorkDirectory(files);
  const staged = `${LOCK}-${holder.attempt}`;
  const before = Date.now();
  await files.create(staged, Buffer.from(`${holder.operation}\n${holder.attempt}\n`), {
    ...owner,
    mode: 0o600,
  });
  const { modifiedAt } = await files.attributes(staged);
  await refuseOthers(files, holder, modifiedAt, staged);
  await files.rename(staged, LOCK);
  await removeStaged(files);
  return {
    clockOffsetMs: offsetOf(modifiedAt, before),
    check: () => checkLock(files, holder),
    release: () => release(files, holder),
  };
}

async function ensureWorkDirectory(files: RepositoryFiles): Promise<void> {
  const hasOne = (await files.list('.')).some(({ name }) => name === WORK_DIRECTORY);
  if (!hasOne) await files.makeDirectory(WORK_DIRECTORY, DIRECTORY_MODE);
}

async function refuseOthers(
  files: RepositoryFiles,
  holder: LockHolder,
  nodeNow: number,
  staged: string,
): Promise<void> {
  const other = await readLock(files);
  if (other === null || other.operation === holder.operation) return;
  const left = other.takenAt + LEASE_SECONDS - nodeNow;
  if (left <= 0) return;
  await files.remove(staged);
  throw new NodeError(
    'locked',
    files.node,
    `another operation is at work there (${other.operation}); it may be taken over in ${left} s`,
  );
}

/** Everything but the lock itself. */
async function removeStaged(files: RepositoryFiles): Promise<void> {
  for (const { name } of await files.list(WORK_DIRECTORY)) {
    if (`${WORK_DIRECTORY}/${name}` !== LOCK) await files.remove(`${WORK_DIRECTORY}/${name}`);
  }
}

async function checkLock(files: RepositoryFiles, holder: LockHolder): Promise<void> {
  const lock = await readLock(files);
  if (lock?.attempt === holder.attempt) return;
  throw new NodeError('locked', files.node, 'another attempt has taken this node over');
}

async function release(files: RepositoryFiles, holder: LockHolder): Promise<void> {
  if ((await readLock(files))?.attempt === holder.attempt) await files.remove(LOCK);
}

async function readLock(
  files: RepositoryFiles,
): Promise<{ operation: string; attempt: string; takenAt: number } | null> {
  try {
    const { modifiedAt } = await files.attributes(LOCK);
    const [, operation, attempt] = LOCK_PATTERN.exec((await files.read(LOCK)).toString('latin1')) ?? [];
    // A lock that nobody could have written stands for somebody unknown.
    return { operation: operation ?? 'unknown', attempt: attempt ?? '', takenAt: modifiedAt };
  } catch (error) {
    if (error instanceof NodeError && error.code === 'no-repository') return null;
    throw error;
  }
}

/** Whole seconds on the node's side: an offset within one second may be none. */
function offsetOf(modifiedAtSeconds: number, before: number): number {
  const earliest = Math.floor(before / 1000) * 1000;
  const difference = modifiedAtSeconds * 1000 - earliest;
  return Math.abs(difference) <= 1000 ? 0 : difference;
}
