/** What a node was found to be like, beside its keys: whether a rotation could work there. Facts only; `diagnosis.ts` judges. */
import type { CertificateTerm } from './doctor/certificates.js';
import type { KeystoneSettings } from './keystone-settings.js';
import type { Problem } from './problems.js';

export interface Examination {
  readonly node: string;
  /** Null: it could not be examined, and this is why. */
  readonly problem: Problem | null;
  readonly found: Examined | null;
  /** That the worker which visited it signs with; null where it has none, or where its fingerprint alone counts. */
  readonly certificate: CertificateTerm | null;
}

export interface Examined {
  readonly directory: { readonly uid: number; readonly mode: number };
  /** Names of key files that others than their owner may read. */
  readonly readableByOthers: readonly string[];
  /** The first of a rotation's file operations that failed, tried below `.rotor` only. */
  readonly work: Problem | null;
  /** The node's clock minus the worker's; its file times are whole seconds. Null when nothing could be written. */
  readonly clockOffsetMs: number | null;
  /** `.rotor` is on the file system of the keys, so that content can be linked and renamed. */
  readonly isOneFileSystem: boolean;
  readonly freeBytes: number;
  /** Null where the file system has no fixed number of files. */
  readonly freeFiles: number | null;
  /** Null where keystone.conf is not to be read. */
  readonly settings: SettingsReading | null;
  readonly timers: TimerSearch;
}

export interface SettingsReading {
  readonly path: string;
  /** Null: why not is the problem. */
  readonly settings: KeystoneSettings | null;
  readonly problem: Problem | null;
  /** The directory that Keystone names as its repository is there, and is another one than the configuration's. */
  readonly isElsewhere: boolean;
}

/** Crons and timers of others that rotate keys. */
export interface TimerSearch {
  readonly found: readonly string[];
  /** Places that the account may not look at. */
  readonly unread: readonly string[];
}

export interface ExaminationRequest {
  readonly nodes: readonly string[];
  /** Unlike any other examination's. */
  readonly run: string;
}

/** Other nodes whose mark lies in this node's repository. */
export interface SharedRepository {
  readonly node: string;
  readonly with: readonly string[];
}
