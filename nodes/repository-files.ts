/** The file operations on one node's key repository that everything else is made of. */

/** Larger than any key, and than a lock; what is larger is neither, and is not read whole. */
export const MOST_BYTES = 512;

export type EntryKind = 'file' | 'directory' | 'other';

export interface Attributes {
  readonly kind: EntryKind;
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since the epoch, by the node's clock. */
  readonly modifiedAt: number;
}

export interface Entry extends Attributes {
  readonly name: string;
}

/**
 * Names are relative to the repository; `.` is the repository itself. Every method throws a NodeError; `no-repository`
 * stands for a name that does not exist.
 */
export interface RepositoryFiles {
  readonly node: string;
  /** Where the repository is on the node, for messages. */
  readonly path: string;
  /** The path of the repository with every symbolic link followed, as the session sees it. */
  realPath(): Promise<string>;
  list(directory: string): Promise<Entry[]>;
  attributes(name: string): Promise<Attributes>;
  /** To be wiped by the caller if it is a key. */
  read(name: string): Promise<Buffer>;
  makeDirectory(name: string, mode: number): Promise<void>;
  /** A new file with this content, mode and owner, synced to disk; fails on an existing name. */
  create(name: string, content: Buffer, like: Pick<Attributes, 'mode' | 'uid' | 'gid'>): Promise<void>;
  /** Renames over an existing name in one step. */
  rename(from: string, to: string): Promise<void>;
  /** A second name for a file; fails on an existing name. */
  link(from: string, to: string): Promise<void>;
  /** Removes a file; one that is gone already is no error. */
  remove(name: string): Promise<void>;
  /** Makes names that were added or replaced survive a power loss. */
  syncDirectory(name: string): Promise<void>;
}

/** The rest of a node's files, as far as the account may see them, to be read only. Names are absolute. */
export interface SystemFiles {
  readonly node: string;
  list(directory: string): Promise<Entry[]>;
  attributes(name: string): Promise<Attributes>;
  /** @param mostBytes what is longer is cut off */
  read(name: string, mostBytes: number): Promise<Buffer>;
  /** With every symbolic link followed. */
  realPath(name: string): Promise<string>;
}

/** What a file system says of itself (statvfs). */
export interface FileSystemState {
  readonly id: string;
  readonly freeBytes: number;
  /** Null where it has no fixed number of files. */
  readonly freeFiles: number | null;
  readonly isReadOnly: boolean;
}

/** A key repository that can be asked for more than what a rotation needs. */
export interface ExaminedFiles extends RepositoryFiles {
  fileSystem(name: string): Promise<FileSystemState>;
}
