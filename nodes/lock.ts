/** The lock on a node: whose attempt may act there. `core/visit.ts` says in which order it is used, and why. */
import { withoutSecrets } from '../core/secrets.js';
import type { Clock } from './clock.js';
import { NodeError } from './node-error.js';
import { WORK_DIRECTORY, type Surroundings } from './reading.js';
import type { RepositoryFiles } from './repository-files.js';

export interface LockHolder {
  /** Workflow ID and run ID of the operation. */
  readonly operation: string;
  /** A name that no other attempt of any operation ever had. */
  readonly attempt: string;
}

const LOCK = `${WORK_DIRECTORY}/lock`;

/** Where files that are no keys are moved to; an operator may want them back. */
export const ASIDE = `${WORK_DIRECTORY}/aside`;

const DIRECTORY_MODE = 0o700;

/** A visit takes seconds; a lock of another operation that is older than this was left behind by a dead one. */
const LEASE_SECONDS = 120;

/** Longer names than this never stood in a lock of ours. */
const LOCK_PATTERN = /^([\x21-\x7e]{1,300})\n([\w-]{1,80})\n$/;

export interface TakenLock {
  /** The node's clock minus ours, in milliseconds; its file times are whole seconds. */
  readonly clockOffsetMs: number;
  /** Somebody left it: an attempt that ended in its middle, perhaps just after it changed a file. */
  readonly wasLeft: boolean;
}

/**
 * Writes our name into the lock.
 *
 * @throws NodeError `locked` while another operation's lock is fresh
 */
export async function writeLock(
  files: RepositoryFiles,
  holder: LockHolder,
  { owner, hasWorkDirectory }: Pick<Surroundings, 'owner' | 'hasWorkDirectory'>,
  clock: Clock,
): Promise<TakenLock> {
  if (!hasWorkDirectory) await makeWorkDirectory(files);
  const staged = `${LOCK}-${holder.attempt}`;
  const before = clock.now();
  try {
    await files.create(staged, Buffer.from(`${holder.operation}\n${holder.attempt}\n`), {
      ...owner,
      mode: 0o600,
    });
    const [{ modifiedAt }, other] = await Promise.all([files.attributes(staged), readLock(files)]);
    refuseOthers(files, holder, other, modifiedAt);
    await files.rename(staged, LOCK);
    return { clockOffsetMs: offsetOf(modifiedAt, before), wasLeft: other !== null };
  } catch (error) {
    await files.remove(staged).catch(() => {}); // else the next attempt removes it
    throw error;
  }
}

export async function makeWorkDirectory(files: RepositoryFiles): Promise<void> {
  await files.makeDirectory(WORK_DIRECTORY, DIRECTORY_MODE).catch(async (error: unknown) => {
    // Somebody else may have made it since; a name that is there is refused by the same code as everything else.
    const { kind } = await files.attributes(WORK_DIRECTORY).catch(() => Promise.reject(error as Error));
    if (kind !== 'directory') throw error;
  });
}

function refuseOthers(
  files: RepositoryFiles,
  holder: LockHolder,
  other: FoundLock | null,
  nodeNow: number,
): void {
  if (other === null || other.operation === holder.operation) return;
  const left = other.takenAt + LEASE_SECONDS - nodeNow;
  if (left <= 0) return;
  throw new NodeError(
    'locked',
    files.node,
    `another operation is at work there (${withoutSecrets(other.operation)}); it may be taken over in ${left} s`,
  );
}

/**
 * Removes what earlier attempts staged; what was moved aside stays. An attempt that died may not have synced it there, and
 * it must be before the repository is synced without it.
 */
export async function clearStaged(files: RepositoryFiles): Promise<void> {
  for (const { name, kind } of await files.list(WORK_DIRECTORY)) {
    const path = `${WORK_DIRECTORY}/${name}`;
    if (kind !== 'directory' && path !== LOCK) await files.remove(path);
    if (path !== ASIDE) continue;
    await files.syncDirectory(ASIDE);
    await files.syncDirectory(WORK_DIRECTORY);
  }
}

/** @throws NodeError `locked` when somebody has taken the lock since */
export async function checkLock(files: RepositoryFiles, holder: LockHolder): Promise<void> {
  const lock = await ifThere(holderIn(files));
  if (lock?.attempt === holder.attempt) return;
  throw new NodeError('locked', files.node, 'another attempt has taken this node over');
}

export async function releaseLock(files: RepositoryFiles, holder: LockHolder): Promise<void> {
  if ((await ifThere(holderIn(files)))?.attempt === holder.attempt) await files.remove(LOCK);
}

interface FoundLock extends LockHolder {
  /** Seconds since the epoch, by the node's clock. */
  readonly takenAt: number;
}

function readLock(files: RepositoryFiles): Promise<FoundLock | null> {
  return ifThere(
    files
      .attributes(LOCK)
      .then(async ({ modifiedAt }) => ({ ...(await holderIn(files)), takenAt: modifiedAt })),
  );
}

/** A lock that nobody could have written stands for somebody unknown. */
async function holderIn(files: RepositoryFiles): Promise<LockHolder> {
  const text = (await files.read(LOCK)).toString('latin1');
  const [, operation = 'unknown', attempt = ''] = LOCK_PATTERN.exec(text) ?? [];
  return { operation, attempt };
}

/** Null when the lock went away, or never was there. */
function ifThere<T>(reading: Promise<T>): Promise<T | null> {
  return reading.catch((error: unknown) => {
    if (error instanceof NodeError && error.code === 'no-repository') return null;
    throw error;
  });
}

/** Whole seconds on the node's side: an offset within one second may be none. */
export function offsetOf(modifiedAtSeconds: number, before: number): number {
  const earliest = Math.floor(before / 1000) * 1000;
  const difference = modifiedAtSeconds * 1000 - earliest;
  return Math.abs(difference) <= 1000 ? 0 : difference;
}
