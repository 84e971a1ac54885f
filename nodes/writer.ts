import { wayTo, type FileOperation, type Placement } from '../core/operations.js';
import {
  digestOf,
  holds,
  isEmpty,
  type Contents,
  type Fingerprint,
  type Repository,
} from '../core/repository.js';
import { beginVisit, continueVisit, type VisitAction, type VisitPlan } from '../core/visit.js';
import { encodeKey, fingerprint, generateKey, wipe } from '../keys/key.js';
import { SYSTEM_CLOCK, type Clock } from './clock.js';
import { ASIDE, checkLock, clearStaged, releaseLock, writeLock, type LockHolder } from './lock.js';
import { NodeError } from './node-error.js';
import {
  WORK_DIRECTORY,
  lookAround,
  readKey,
  readRepository,
  type Reading,
  type Surroundings,
} from './reading.js';
import type { RepositoryFiles } from './repository-files.js';

export interface Visit {
  readonly holder: LockHolder;
  /** What the plan was made for; with anything else there, nothing is touched. */
  readonly surveyed: Contents;
  readonly expired: readonly Fingerprint[];
  /** After each operation: longer than a reader takes from listing the directory to its last open. Milliseconds. */
  readonly pauseMs: number;
  /** Stops the visit between two operations, never within one. */
  readonly signal?: AbortSignal;
  /** Default: the system's. */
  readonly clock?: Clock;
}

export interface PlaceRequest extends Visit {
  readonly placement: Placement;
  /** The bytes of a key that the node does not hold; wiped here after use. */
  readonly keyFor: (key: Fingerprint) => Promise<Buffer>;
}

export interface MakeRequest extends Visit {
  /** Where the bytes of a new key come from. Default: the system's cryptographic generator. */
  readonly newKey?: () => Buffer;
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
  // Looking first: where nothing can be seen no lock must be left behind.
  const placing = new Placing(files, request, await lookAround(files));
  try {
    return await placing.run();
  } finally {
    // A lock that is left ends by itself; until then it makes the next attempt wait for readers before it acts.
    if (placing.isSettled) await releaseLock(files, request.holder).catch(() => {});
  }
}

/** The first key of an empty repository leaves place for a staged one below it. */
const FIRST_INDEX = 1;

/**
 * Makes a key and places it: as a secondary, or as the first of an empty repository. If an earlier attempt has placed one
 * already, that one is taken up.
 */
export async function placeNewKey(
  files: RepositoryFiles,
  request: MakeRequest,
): Promise<Placed & { key: Fingerprint }> {
  const placementOf = (key: Fingerprint): Placement =>
    isEmpty(request.surveyed.repository) ? { kind: 'seed', key, index: FIRST_INDEX } : { kind: 'hold', key };
  const earlier = keyOfEarlierAttempt(request, (await readRepository(files)).repository, placementOf);
  const made = earlier === null ? (request.newKey ?? generateKey)() : null;
  const key = earlier ?? fingerprint(made!);
  try {
    const keyFor = () => Promise.resolve(Buffer.from(made!));
    return { ...(await place(files, { ...request, placement: placementOf(key), keyFor })), key };
  } finally {
    if (made) wipe(made);
  }
}

/** Carries out the actions of `core/visit.ts` on real files. */
class Placing {
  /** No reader can have listed the directory before our last change and still be opening files. */
  isSettled = true;
  private readonly operations: FileOperation[] = [];
  private readonly clock: Clock;
  private reading: Reading | null = null;
  /** The operation that took effect last and is not settled yet. */
  private acting: FileOperation | null = null;
  private clockOffsetMs = 0;

  constructor(
    private readonly files: RepositoryFiles,
    private readonly request: PlaceRequest,
    private readonly surroundings: Surroundings,
  ) {
    this.clock = request.clock ?? SYSTEM_CLOCK;
  }

  async run(): Promise<Placed> {
    try {
      return await this.follow(this.request);
    } catch (error) {
      await this.files.remove(this.staged).catch(() => {}); // else the next attempt removes it
      throw error;
    }
  }

  private async follow(plan: VisitPlan): Promise<Placed> {
    for (let state = beginVisit(); ;) {
      const seen = await this.perform(state.next);
      const after = continueVisit(plan, state, seen);
      if (!('kind' in after)) state = after;
      else if (after.kind === 'changed') throw this.changed();
      else {
        const { repository } = this.reading!;
        return { repository, operations: this.operations, clockOffsetMs: this.clockOffsetMs };
      }
    }
  }

  /** @returns what was found, for actions that look */
  private async perform(action: VisitAction): Promise<Contents | null> {
    const { files, request } = this;
    switch (action.kind) {
      case 'lock':
        await this.lock();
        return null;
      case 'clear':
        await clearStaged(files);
        await files.syncDirectory('.');
        if (!this.isSettled) await this.pause();
        return null;
      case 'read':
        return this.read();
      case 'stage':
        request.signal?.throwIfAborted();
        await this.stage(action.operation);
        return null;
      case 'check':
        return this.check();
      case 'act':
        this.isSettled = false;
        await this.act(action.operation);
        return null;
      case 'settle':
        await files.syncDirectory('.');
        await files.remove(this.staged);
        this.operations.push(this.acting!);
        return null;
      case 'pause':
        await this.pause();
        return null;
    }
  }

  private async lock(): Promise<void> {
    const { clockOffsetMs, wasLeft } = await writeLock(
      this.files,
      this.request.holder,
      this.surroundings,
      this.clock,
    );
    this.clockOffsetMs = clockOffsetMs;
    this.isSettled = !wasLeft;
  }

  private async pause(): Promise<void> {
    await this.clock.sleep(this.request.pauseMs);
    this.isSettled = true;
  }

  /** A damaged repository is nothing to build on, only to mend. */
  private async read(): Promise<Reading> {
    const reading = await readRepository(this.files);
    const [problem] = reading.problems;
    const isExpected = this.request.placement.kind === 'mend' || problem?.code === 'empty-repository';
    if (problem && !isExpected)
      throw new NodeError(problem.code, this.files.node, problem.message.replace(`${this.files.node}: `, ''));
    this.reading = reading;
    return reading;
  }

  private async stage(operation: FileOperation): Promise<void> {
    if (operation.kind === 'aside') return ensureAside(this.files);
    const key = await this.contentOf(operation.key);
    const encoded = encodeKey(key);
    try {
      await this.files.create(this.staged, encoded, this.reading!.owner);
    } finally {
      wipe(key, encoded);
    }
  }

  private async check(): Promise<Contents> {
    await checkLock(this.files, this.request.holder);
    return this.read();
  }

  private async act(operation: FileOperation): Promise<void> {
    const { files, staged } = this;
    this.acting = operation;
    if (operation.kind === 'aside') await moveAside(files, operation.name);
    else if (operation.kind === 'add') await files.link(staged, `${operation.index}`);
    else await files.rename(staged, `${operation.index}`);
  }

  /** A name for each operation: a late one must never find the content of another. */
  private get staged(): string {
    return `${WORK_DIRECTORY}/${this.request.holder.attempt}-${this.operations.length}`;
  }

  private async contentOf(key: Fingerprint): Promise<Buffer> {
    const name = this.reading!.fileOf.get(key);
    if (name !== undefined) return readKey(this.files, name, key);
    const bytes = await this.request.keyFor(key);
    if (fingerprint(bytes) === key) return bytes;
    wipe(bytes);
    throw new NodeError('key-unavailable', this.files.node, `what another node gave is not key ${key}`);
  }

  private changed(): NodeError {
    return new NodeError(
      'changed-underneath',
      this.files.node,
      `somebody else changed ${this.files.path}; nothing was touched, it is looked at again`,
    );
  }
}

const ASIDE_MODE = 0o700;

async function ensureAside(files: RepositoryFiles): Promise<void> {
  const hasOne = (await files.list(WORK_DIRECTORY)).some(({ name }) => name === 'aside');
  if (hasOne) return; // and it is on disk: whoever came first in this visit has synced it (see `clearStaged`)
  await files.makeDirectory(ASIDE, ASIDE_MODE);
  await files.syncDirectory(WORK_DIRECTORY);
}

/** The new name is on disk before the old one is gone, so that a power loss takes neither. */
async function moveAside(files: RepositoryFiles, name: string): Promise<void> {
  await files.rename(name, await freeNameAside(files, name));
  await files.syncDirectory(ASIDE);
}

/** What was moved away earlier stays as well. */
async function freeNameAside(files: RepositoryFiles, name: string): Promise<string> {
  const taken = new Set((await files.list(ASIDE)).map((entry) => entry.name));
  let candidate = name;
  for (let number = 1; taken.has(candidate); number++) candidate = `${name}.${number}`;
  return `${ASIDE}/${candidate}`;
}

/** The key that an earlier attempt of the same visit placed: the one key that explains what is there. */
function keyOfEarlierAttempt(
  { surveyed, expired }: Visit,
  found: Repository,
  placementOf: (key: Fingerprint) => Placement,
): Fingerprint | null {
  const digest = digestOf(found);
  const isExplainedBy = (key: Fingerprint) =>
    wayTo(surveyed, placementOf(key), expired).some(({ repository }) => digestOf(repository) === digest);
  return Object.values(found).find((key) => !holds(surveyed.repository, key) && isExplainedBy(key)) ?? null;
}
