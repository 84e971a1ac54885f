/** What a disk's answers look like by way of SFTP. */
import type { ProblemCode } from '../core/problems.js';
import { NodeError } from '../nodes/node-error.js';
import type { Attributes } from '../nodes/repository-files.js';
import { DiskError, type Directory, type DiskErrorCode, type File } from './disk.js';

/** Keystone's uid in its packages; every file here is its. */
const OWNER = { uid: 42424, gid: 42424 };

/** As `SftpFiles` names them: SFTP version 3 has one code for most failures. */
const CODES: Readonly<Record<DiskErrorCode, ProblemCode>> = {
  ENOENT: 'no-repository',
  EACCES: 'permissions',
  EEXIST: 'changed-underneath',
  ENOSPC: 'changed-underneath',
  EIO: 'changed-underneath',
};

/** @returns what the writer is told of a failure of the disk; any other error as it is */
export function asNodeError(error: unknown, node: string, what: string): unknown {
  if (!(error instanceof DiskError)) return error;
  return new NodeError(CODES[error.code], node, `can't ${what}: ${error.code}`);
}

export function attributesOf(entry: File | Directory): Attributes {
  const { kind, mode, modifiedAt } = entry;
  const size = entry.kind === 'file' ? entry.content.length : 0;
  return { kind, size, mode, ...OWNER, modifiedAt: Math.floor(modifiedAt / 1000) };
}
