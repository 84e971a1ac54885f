import { setTimeout as sleep } from 'node:timers/promises';
import {
  applyOperation,
  nextOperation,
  wayTo,
  type FileOperation,
  type Placement,
} from '../core/operations.js';
import { digestOf, entriesOf, holds, type Fingerprint, type Repository } from '../core/repository.js';
import { encodeKey, fingerprint, generateKey, wipe } from '../keys/key.js';
import { takeLock, type Lock, type LockHolder } from './lock.js';
import { NodeError } from './node-error.js';
import { WORK_DIRECTORY, readKey, readRepository, type Reading } from './reading.js';
import type { RepositoryFiles } from './repository-files.js';

export interface Visit {
  readonly holder: LockHolder;
  /** What the plan was made for; with anything else there, nothing is touched. */
  readonly surveyed: Repository;
  readonly expired: readonly Fingerprint[];
  /** After each operation: longer than a reader takes from listing the directory to its last open. Milliseconds. */
  readonly pauseMs: number;
  /** Stops the visit between two operations, never within one. */
  readonly signal?: AbortSignal;
}

export interface PlaceRequest extends Visit {
  readonly placement: Placement;
  /** The bytes of a key that the node does not hold; wiped here after use. */
  readonly keyFor: (key: Fingerprint) => Promise<Buffer>;
}

export interface Placed {
  readonly repository: Repository;
  readonly operations: readonly FileOperation[];
  readonly clockOffsetMs: number;
}

/**
 * Brings a repository to a placement, one file operation after the other, each decided from what is there now. May be run
 * again at any time, also after a crash in its middle: it goes on where the last attempt stopped and ends in the same state.
 *
 * @throws NodeError `changed-underneath` when the repository is not on the way from what was surveyed to the placement
 */
export async function place(files: RepositoryFiles, request: PlaceRequest): Promise<Placed> {
  return visit(files, request, (lock, reading) => follow(files, lock, request, reading));
}

/**
 * Makes a key and places it as a secondary. If an earlier attempt has placed one already, that one is taken up.
 */
export async function placeNewKey(
  files: RepositoryFiles,
  request: Visit,
): Promise<Placed & { key: Fingerprint }> {
  return visit(files, request, async (lock, reading) => {
    const earlier = keyOfEarlierAttempt(request, reading.repository);
    const made = earlier === null ? generateKey() : null;
    const key = earlier ?? fingerprint(made!);
    try {
      const keyFor = () => Promise.resolve(Buffer.from(made!));
      const placed = await follow(
        files,
        lock,
        { ...request, placement: { kind: 'hold', key }, keyFor },
        reading,
      );
      return { ...placed, key };
    } finally {
      if (made) wipe(made);
    }
  });
}

async function visit<T>(
  files: RepositoryFiles,
  { holder }: Visit,
  work: (lock: Lock, reading: Reading) => Promise<T>,
): Promise<T> {
  // Reading first: whoever can't even read must not leave a lock behind.
  const { owner } = await readRepository(files);
  const lock = await takeLock(files, holder, owner);
  try {
    return await work(lock, await readSound(files));
  } finally {
    await lock.release().catch(() => {}); // a lock that is left ends by itself
  }
}

/** A damaged repository is nothing to build on. */
async function readSound(files: RepositoryFiles): Promise<Reading> {
  const reading = await readRepository(files);
  const [problem] = reading.problems;
  if (problem) throw new NodeError(problem.code, files.node, problem.message.replace(`${files.node}: `, ''));
  return reading;
}

async function follow(
  files: RepositoryFiles,
  lock: Lock,
  request: PlaceRequest,
  reading: Reading,
): Promise<Placed> {
  const { placement, expired, surveyed, pauseMs, signal } = request;
  const operations: FileOperation[] = [];
  let { repository } = reading;
  mustBeOneOf(files, repository, wayTo(surveyed, placement, expired));
  for (;;) {
    const operation = nextOperation(repository, placement, expired);
    if (operation === null) return { repository, operations, clockOffsetMs: lock.clockOffsetMs };
    signal?.throwIfAborted();
    await perform(files, lock, request, { ...reading, repository }, operation, operations.length);
    operations.push(operation);
    const expected = applyOperation(repository, operation);
    await sleep(pauseMs);
    ({ repository } = await readSound(files));
    mustBeOneOf(files, repository, [expected]);
  }
}

/** One operation: the content is staged and synced first; lock and digest are checked last before it takes effect. */
async function perform(
  files: RepositoryFiles,
  lock: Lock,
  request: PlaceRequest,
  { repository, owner }: Reading,
  operation: FileOperation,
  number: number,
): Promise<void> {
  const staged = `${WORK_DIRECTORY}/${request.holder.attempt}-${number}`;
  const key = await contentOf(files, repository, operation.key, request.keyFor);
  const encoded = encodeKey(key);
  try {
    await files.create(staged, encoded, owner);
  } finally {
    wipe(key, encoded);
  }
  try {
    await lock.check();
    mustBeOneOf(files, (await readSound(files)).repository, [repository]);
    await takeEffect(files, staged, operation);
    await files.syncDirectory('.');
  } finally {
    await files.remove(staged);
  }
}

async function takeEffect(files: RepositoryFiles, staged: string, operation: FileOperation): Promise<void> {
  const name = `${operation.index}`;
  if (operation.kind === 'add') await files.link(staged, name);
  else await files.rename(staged, name);
}

async function contentOf(
  files: RepositoryFiles,
  repository: Repository,
  key: Fingerprint,
  keyFor: PlaceRequest['keyFor'],
): Promise<Buffer> {
  const here = entriesOf(repository).find((entry) => entry.fingerprint === key);
  if (here) return readKey(files, here.index, key);
  const bytes = await keyFor(key);
  if (fingerprint(bytes) === key) return bytes;
  wipe(bytes);
  throw new NodeError('key-unavailable', files.node, `what another node gave is not key ${key}`);
}

function mustBeOneOf(files: RepositoryFiles, found: Repository, expected: readonly Repository[]): void {
  const digest = digestOf(found);
  if (expected.some((repository) => digestOf(repository) === digest)) return;
  throw new NodeError(
    'changed-underneath',
    files.node,
    `somebody else changed ${files.path}; nothing was touched, it is looked at again`,
  );
}

/** The key that an earlier attempt of the same visit placed: the one key that explains what is there. */
function keyOfEarlierAttempt({ surveyed, expired }: Visit, found: Repository): Fingerprint | null {
  const digest = digestOf(found);
  const isExplainedBy = (key: Fingerprint) =>
    wayTo(surveyed, { kind: 'hold', key }, expired).some((repository) => digestOf(repository) === digest);
  return Object.values(found).find((key) => !holds(surveyed, key) && isExplainedBy(key)) ?? null;
}
