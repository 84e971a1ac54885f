/** A virtual Keystone node: its disk, its clock, and whether anybody can reach it. */
import { indexesOf, primaryOf, type Fingerprint, type Repository } from '../core/repository.js';
import { Disk, keyIn, type DiskErrorCode } from './disk.js';

/** As long as an operation may take from a failed look at a node to the end of what it did without it. */
const RECENT_MS = 30 * 60_000;

export class VirtualNode {
  readonly disk = new Disk();
  isUp = true;
  /** Workers can't reach it; users can. */
  isCutOff = false;
  /** Requests are held until this time, and served then. */
  stalledUntil = 0;
  /** What every write ends in for now. */
  diskTrouble: DiskErrorCode | null = null;
  clockOffsetMs = 0;
  /** Users' requests are sent to it. */
  serves: boolean;
  /** What was done to it that no program could have made good; null once it is as the others again. */
  excuse: string | null = null;
  excusedAt = -Infinity;
  /** The last time that anything was wrong with it that a fault did. */
  troubledAt = 0;
  /** The last time that somebody else changed files there. */
  strangerAt = -Infinity;
  /** By its disk now, well-formed keys alone; kept by `Safety`. */
  repository: Repository = {};
  keys: ReadonlySet<Fingerprint> = new Set();

  constructor(
    readonly name: string,
    readonly site: string,
    serves: boolean,
  ) {
    this.serves = serves;
  }

  /** Something is wrong with it by a fault, or was a short while ago. */
  wasTroubled(now: number): boolean {
    const isNow = !this.isUp || this.isCutOff || this.diskTrouble !== null || this.stalledUntil > now;
    return isNow || now - this.troubledAt < RECENT_MS;
  }

  /** Issues tokens and reads everybody's, and nothing excuses it when it can't. */
  get counts(): boolean {
    return this.isUp && this.serves && this.excuse === null;
  }

  get primary(): Fingerprint | undefined {
    return primaryOf(this.repository);
  }

  get fileCount(): number {
    return indexesOf(this.repository).length;
  }

  /** Reads the disk again, as Keystone would at this moment. */
  refresh(): void {
    const repository: Record<number, Fingerprint> = {};
    for (const [name, entry] of this.disk.root.names) {
      if (entry.kind !== 'file' || !/^\d+$/.test(name)) continue;
      const key = keyIn(entry);
      if (key !== null) repository[Number(name)] = key;
    }
    this.repository = repository;
    this.keys = new Set(Object.values(repository));
  }

  /** Every name is a well-formed key with the right mode. */
  isWellFormed(): boolean {
    return [...this.disk.root.names].every(
      ([name, entry]) =>
        entry.kind === 'directory' ||
        (/^(0|[1-9]\d*)$/.test(name) && keyIn(entry) !== null && entry.mode === 0o600),
    );
  }
}
