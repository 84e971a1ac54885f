/** A key repository on this very machine, with the same requests in the same order as over SFTP. */
import { constants, type Stats } from 'node:fs';
import {
  access,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  statfs,
  unlink,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { ProblemCode } from '../core/problems.js';
import { NodeError } from './node-error.js';
import {
  MOST_BYTES,
  type Attributes,
  type Entry,
  type ExaminedFiles,
  type FileSystemState,
  type SystemFiles,
} from './repository-files.js';

const PERMISSION_MASK = 0o7777;

export class LocalFiles implements ExaminedFiles, SystemFiles {
  constructor(
    readonly node: string,
    readonly path: string,
  ) {}

  realPath(name = '.'): Promise<string> {
    return this.ask('resolve its path', () => realpath(this.at(name)));
  }

  async list(directory: string): Promise<Entry[]> {
    const names = await this.ask(`list ${directory}`, () => readdir(this.at(directory)));
    const entries = await Promise.all(names.map((name) => this.entry(directory, name)));
    return entries.filter((entry) => entry !== null);
  }

  async attributes(name: string): Promise<Attributes> {
    return attributesOf(await this.ask(`stat ${name}`, () => lstat(this.at(name))));
  }

  read(name: string, mostBytes = MOST_BYTES): Promise<Buffer> {
    return this.ask(`read ${name}`, async () => {
      const file = await open(this.at(name), constants.O_RDONLY | constants.O_NOFOLLOW);
      const buffer = Buffer.alloc(mostBytes);
      try {
        const { bytesRead } = await file.read(buffer, 0, mostBytes, 0);
        return Buffer.from(buffer.subarray(0, bytesRead));
      } finally {
        buffer.fill(0);
        await file.close();
      }
    });
  }

  /** Node has no word for a file system's identity; its size has to do. */
  fileSystem(name: string): Promise<FileSystemState> {
    return this.ask('ask for free space', async () => {
      const { blocks, bavail, bsize, files, ffree } = await statfs(this.at(name));
      const isReadOnly = await access(this.at(name), constants.W_OK).then(
        () => false,
        (error: NodeJS.ErrnoException) => error.code === 'EROFS',
      );
      const id = `of ${blocks} blocks`;
      return { id, freeBytes: bavail * bsize, freeFiles: files === 0 ? null : ffree, isReadOnly };
    });
  }

  async makeDirectory(name: string, mode: number): Promise<void> {
    await this.ask(`create ${name}`, () => mkdir(this.at(name), { mode }));
  }

  create(name: string, content: Buffer, like: Pick<Attributes, 'mode' | 'uid' | 'gid'>): Promise<void> {
    return this.ask(`write ${name}`, async () => {
      const file = await open(this.at(name), 'wx', 0o600);
      try {
        await file.writeFile(content);
        const made = attributesOf(await file.stat());
        if (made.uid !== like.uid || made.gid !== like.gid) await file.chown(like.uid, like.gid);
        if (made.mode !== like.mode) await file.chmod(like.mode);
        await file.sync();
      } finally {
        await file.close();
      }
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.ask(`rename ${from} to ${to}`, () => rename(this.at(from), this.at(to)));
  }

  link(from: string, to: string): Promise<void> {
    return this.ask(`link ${from} to ${to}`, () => link(this.at(from), this.at(to)));
  }

  async remove(name: string): Promise<void> {
    try {
      await this.ask(`remove ${name}`, () => unlink(this.at(name)));
    } catch (error) {
      if (!(error instanceof NodeError) || error.code !== 'no-repository') throw error;
    }
  }

  syncDirectory(name: string): Promise<void> {
    return this.ask(`sync ${name}`, async () => {
      const directory = await open(this.at(name), 'r');
      try {
        await directory.sync();
      } finally {
        await directory.close();
      }
    });
  }

  /** Null when it went away between the listing and the look. */
  private async entry(directory: string, name: string): Promise<Entry | null> {
    try {
      return { name, ...(await this.attributes(join(directory, name))) };
    } catch (error) {
      if (error instanceof NodeError && error.code === 'no-repository') return null;
      throw error;
    }
  }

  private at(name: string): string {
    return join(this.path, name);
  }

  private async ask<T>(what: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      const [code, reason] = describe((error as NodeJS.ErrnoException).code);
      throw new NodeError(code, this.node, `can't ${what} in ${this.path}: ${reason}`);
    }
  }
}

function describe(errno: string | undefined): [ProblemCode, string] {
  switch (errno) {
    case 'ENOENT':
      return ['no-repository', 'no such file or directory'];
    case 'EACCES':
    case 'EPERM':
      return ['permissions', 'permission denied; the worker needs the uid of Keystone'];
    case 'ENOSPC':
    case 'EDQUOT':
      return ['disk-full', 'the file system is full; make place there'];
    case 'EROFS':
      return ['changed-underneath', 'the file system is read-only; remount it'];
    default:
      return ['changed-underneath', errno ?? 'the system gave no reason'];
  }
}

function attributesOf(stats: Stats): Attributes {
  return {
    kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other',
    size: stats.size,
    mode: stats.mode & PERMISSION_MASK,
    uid: stats.uid,
    gid: stats.gid,
    // As SFTP says it.
    modifiedAt: Math.floor(stats.mtimeMs / 1000),
  };
}
