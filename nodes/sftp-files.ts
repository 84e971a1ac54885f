import { posix } from 'node:path';
import type { FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2';
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

/** A server that says nothing for this long hangs, or nothing comes through any more. */
const ANSWER_TIMEOUT_MS = 8_000;
/** What changes a file is waited for twice as long, because a loaded disk may take as long for one fsync. */
const CHANGE_TIMEOUT_MS = 2 * ANSWER_TIMEOUT_MS;

/** Bits of a file's mode that say what it is (POSIX `S_IFMT`). */
const FILE_TYPE_MASK = 0o170000;
const REGULAR_FILE = 0o100000;
const DIRECTORY = 0o040000;
const PERMISSION_MASK = 0o7777;

/** Status codes of SFTP version 3 (draft-ietf-secsh-filexfer-02, 7). */
const NO_SUCH_FILE = 2;
const PERMISSION_DENIED = 3;
const FAILURE = 4;
const OP_UNSUPPORTED = 8;

/** What a server answers at once (draft-ietf-secsh-filexfer-02, 3). */
const LARGEST_READ_BYTES = 32_768;

/** What `statvfs` says (OpenSSH, PROTOCOL 4.4), as far as it is of use here. */
type Statvfs = Readonly<
  Record<'f_blocks' | 'f_bavail' | 'f_frsize' | 'f_files' | 'f_favail' | 'f_flag' | 'f_sid', number | bigint>
>;
const READ_ONLY = 1;

type Callback<T> = (error: Error | null | undefined, value: T) => void;

/** A request that waits for its answer. */
interface Unanswered {
  readonly what: string;
  readonly isChange: boolean;
  readonly reject: (error: NodeError) => void;
}

/** A key repository over one SFTP session with OpenSSH's extensions posix-rename, hardlink and fsync. */
export class SftpFiles implements ExaminedFiles, SystemFiles {
  private isClosed = false;
  private readonly unanswered = new Set<Unanswered>();
  /** Since the last answer, or the first request after it: one timer, because requests are many and servers answer in turn. */
  private readonly silence = setTimeout(() => this.waitOrGiveUp(), ANSWER_TIMEOUT_MS).unref();
  /** Nothing came for half of the time that a change may take. */
  private isLate = false;

  constructor(
    readonly node: string,
    readonly path: string,
    private readonly sftp: SFTPWrapper,
  ) {
    sftp.once('close', () => {
      this.isClosed = true;
      clearTimeout(this.silence);
      for (const { what, reject } of this.unanswered) reject(this.lost(what));
    });
  }

  realPath(name = '.'): Promise<string> {
    return this.ask<string>('resolve its path', (done) => this.sftp.realpath(this.at(name), done));
  }

  async list(directory: string): Promise<Entry[]> {
    const entries = (await this.listAtOnce(directory)) ?? (await this.listInPieces(directory));
    return entries
      .filter(({ filename }) => filename !== '.' && filename !== '..')
      .map(({ filename, attrs }) => ({ name: filename, ...attributesOf(attrs) }));
  }

  /** Null when one answer of the server is not the whole list: OpenSSH gives a hundred names at a time. */
  private async listAtOnce(directory: string): Promise<FileEntryWithStats[] | null> {
    const what = `list ${directory}`;
    const handle = await this.ask<Buffer>(what, (done) => this.sftp.opendir(this.at(directory), done));
    const names = () =>
      this.ask<FileEntryWithStats[]>(what, (done) =>
        this.sftp.readdir(handle, (error, entries) => {
          if (error && isEndOfFile(error)) done(null, []);
          else done(error, entries);
        }),
      );
    const [entries, more] = await together(names(), names(), this.close(handle));
    return more.length === 0 ? entries : null;
  }

  private listInPieces(directory: string): Promise<FileEntryWithStats[]> {
    return this.ask(`list ${directory}`, (done) => this.sftp.readdir(this.at(directory), done));
  }

  async attributes(name: string): Promise<Attributes> {
    return attributesOf(
      await this.ask<Stats>(`stat ${name}`, (done) => this.sftp.lstat(this.at(name), done)),
    );
  }

  async read(name: string, mostBytes = MOST_BYTES): Promise<Buffer> {
    const handle = await this.open(name);
    const buffer = Buffer.alloc(mostBytes);
    try {
      const length = await this.readAndClose(name, handle, buffer);
      return Buffer.from(buffer.subarray(0, length));
    } finally {
      buffer.fill(0);
    }
  }

  /**
   * The last requests go out together, because a server works on those for one file in their order
   * (draft-ietf-secsh-filexfer-02, 6.1). A file is at its end where less came than was asked for (6.4).
   */
  private async readAndClose(name: string, handle: Buffer, into: Buffer): Promise<number> {
    let length = 0;
    for (; into.length - length > LARGEST_READ_BYTES;) {
      const added = await this.readAt(name, handle, into, length, LARGEST_READ_BYTES);
      length += added;
      if (added < LARGEST_READ_BYTES) return this.close(handle).then(() => length);
    }
    const [added] = await together(
      this.readAt(name, handle, into, length, into.length - length),
      this.close(handle),
    );
    return length + added;
  }

  private readAt(
    name: string,
    handle: Buffer,
    into: Buffer,
    position: number,
    length: number,
  ): Promise<number> {
    return this.ask<number>(`read ${name}`, (done) =>
      this.sftp.read(handle, into, position, length, position, (error, bytesRead) => {
        // At the end of a file there is nothing to read, which ssh2 reports as an error.
        if (error && isEndOfFile(error)) done(null, 0);
        else done(error, bytesRead);
      }),
    );
  }

  async fileSystem(name: string): Promise<FileSystemState> {
    const state = await this.ask<Statvfs>('ask for free space', (done) =>
      this.sftp.ext_openssh_statvfs(this.at(name), done),
    );
    return {
      // Some file systems have no identity of their own; then their size has to do.
      id: Number(state.f_sid) === 0 ? `of ${state.f_blocks} blocks` : String(state.f_sid),
      freeBytes: Number(state.f_bavail) * Number(state.f_frsize),
      freeFiles: Number(state.f_files) === 0 ? null : Number(state.f_favail),
      isReadOnly: (Number(state.f_flag) & READ_ONLY) !== 0,
    };
  }

  makeDirectory(name: string, mode: number): Promise<void> {
    return this.change(`create ${name}`, (done) => this.sftp.mkdir(this.at(name), { mode }, done));
  }

  async create(name: string, content: Buffer, like: Pick<Attributes, 'mode' | 'uid' | 'gid'>): Promise<void> {
    const handle = await this.openNew(name).catch((error) => this.explain(error));
    try {
      const writing = this.change(`write ${name}`, (done) =>
        this.sftp.write(handle, content, 0, content.length, 0, done),
      );
      const asking = this.ask<Stats>(`stat ${name}`, (done) => this.sftp.fstat(handle, done));
      const [, made] = await together(writing, asking);
      await this.makeLike(name, handle, attributesOf(made), like);
    } catch (error) {
      await this.close(handle).catch(() => {});
      throw error;
    }
    await together(
      this.change(`sync ${name}`, (done) => this.sftp.ext_openssh_fsync(handle, done)),
      this.close(handle),
    );
  }

  private async makeLike(
    name: string,
    handle: Buffer,
    made: Attributes,
    { uid, gid, mode }: Pick<Attributes, 'mode' | 'uid' | 'gid'>,
  ): Promise<void> {
    if (made.uid !== uid || made.gid !== gid) {
      await this.tell(`give ${name} the repository's owner`, (done) =>
        this.sftp.fchown(handle, uid, gid, done),
      );
    }
    if (made.mode !== mode) {
      await this.tell(`set the mode of ${name}`, (done) => this.sftp.fchmod(handle, mode, done));
    }
  }

  rename(from: string, to: string): Promise<void> {
    return this.change(`rename ${from} to ${to}`, (done) =>
      this.sftp.ext_openssh_rename(this.at(from), this.at(to), done),
    );
  }

  link(from: string, to: string): Promise<void> {
    return this.change(`link ${from} to ${to}`, (done) =>
      this.sftp.ext_openssh_hardlink(this.at(from), this.at(to), done),
    );
  }

  async remove(name: string): Promise<void> {
    try {
      await this.tell(`remove ${name}`, (done) => this.sftp.unlink(this.at(name), done));
    } catch (error) {
      if (!(error instanceof NodeError) || error.code !== 'no-repository') throw error;
    }
  }

  async syncDirectory(name: string): Promise<void> {
    const handle = await this.open(name);
    await together(
      this.tell(`sync ${name}`, (done) => this.sftp.ext_openssh_fsync(handle, done)),
      this.close(handle),
    );
  }

  private open(name: string): Promise<Buffer> {
    return this.ask<Buffer>(`open ${name}`, (done) => this.sftp.open(this.at(name), 'r', done));
  }

  /** For nobody but its owner, until it is made like the others. */
  private openNew(name: string): Promise<Buffer> {
    const send = (done: Callback<Buffer>) => this.sftp.open(this.at(name), 'wx', 0o600, done);
    return this.ask<Buffer>(`open ${name}`, send, true);
  }

  /** Without an answer the connection is dropped, and with it the handle. */
  private close(handle: Buffer): Promise<void> {
    return this.ask('close a file', (done) => this.sftp.close(handle, (error) => done(error, undefined)));
  }

  private at(name: string): string {
    return posix.join(this.path, name);
  }

  /** A request that changes something. */
  private tell(what: string, send: (done: (error?: Error | null) => void) => void): Promise<void> {
    return this.ask<undefined>(what, (done) => send((error) => done(error, undefined)), true);
  }

  /** One that needs place on the disk. */
  private change(what: string, send: (done: (error?: Error | null) => void) => void): Promise<void> {
    return this.tell(what, send).catch((error) => this.explain(error));
  }

  /** The server refused, and its protocol has no word for why; the file system may tell. */
  private async explain(error: unknown): Promise<never> {
    if (!(error instanceof NodeError) || error.code !== 'changed-underneath') throw error;
    const state = await this.fileSystem('.').catch(() => null);
    if (state === null) throw error;
    if (state.isReadOnly)
      throw new NodeError(error.code, this.node, `the file system of ${this.path} is read-only; remount it`);
    if (state.freeBytes > 0 && state.freeFiles !== 0) throw error;
    throw new NodeError('disk-full', this.node, `the file system of ${this.path} is full; make place there`);
  }

  /** One request. A server that does not answer in time must not hold us: the node counts as unreachable. */
  private ask<T>(what: string, send: (done: Callback<T>) => void, isChange = false): Promise<T> {
    // ssh2 takes a request for a connection that is gone, and never answers it.
    if (this.isClosed) return Promise.reject(this.lost(what));
    return new Promise<T>((resolve, reject) => {
      const request: Unanswered = { what, isChange, reject };
      if (this.unanswered.size === 0) this.waitAnew();
      this.unanswered.add(request);
      const answer: Callback<T> = (error, value) => {
        this.unanswered.delete(request);
        this.waitAnew();
        if (error) reject(this.errorOf(what, error));
        else resolve(value);
      };
      try {
        send(answer);
      } catch (error) {
        answer(error as Error, undefined as T);
      }
    });
  }

  private waitAnew(): void {
    this.isLate = false;
    this.silence.refresh();
  }

  private waitOrGiveUp(): void {
    const isChanging = [...this.unanswered].some(({ isChange }) => isChange);
    if (this.isLate || !isChanging) return this.giveUp(this.isLate ? CHANGE_TIMEOUT_MS : ANSWER_TIMEOUT_MS);
    this.silence.refresh();
    this.isLate = true;
  }

  private giveUp(afterMs: number): void {
    for (const { what, reject } of this.unanswered) reject(this.silent(what, afterMs));
    this.unanswered.clear();
  }

  private silent(what: string, afterMs: number): NodeError {
    return new NodeError('unreachable', this.node, `no answer within ${afterMs / 1000} s to: ${what}`);
  }

  private lost(what: string): NodeError {
    return new NodeError('unreachable', this.node, `the connection was lost during: ${what}`);
  }

  private errorOf(what: string, error: unknown): NodeError {
    const status = (error as { code?: unknown }).code;
    const [code, reason] = describe(status, error);
    return new NodeError(code, this.node, `can't ${what} in ${this.path}: ${reason}`);
  }
}

/** Waits for the answers to all of several requests; the first that failed counts, in their order. */
async function together<T extends unknown[]>(...requests: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const answers = await Promise.allSettled(requests);
  for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
  return answers.map((answer) => (answer as PromiseFulfilledResult<unknown>).value) as T;
}

function describe(status: unknown, error: unknown): [ProblemCode, string] {
  const message = error instanceof Error ? error.message : '';
  if (status === NO_SUCH_FILE) return ['no-repository', 'no such file or directory'];
  if (status === PERMISSION_DENIED)
    return ['permissions', 'permission denied; the account needs the uid of Keystone'];
  if (status === OP_UNSUPPORTED || message.includes('does not support this extended request')) {
    return ['permissions', "the server lacks OpenSSH's SFTP extensions posix-rename, hardlink and fsync"];
  }
  // SFTP version 3 has one code for every other failure: a full disk, a read-only one, an existing name.
  if (status === FAILURE)
    return ['changed-underneath', 'the server refused; the disk may be full or read-only'];
  return ['unreachable', 'the connection was lost'];
}

function isEndOfFile(error: Error): boolean {
  return (error as { code?: unknown }).code === 1;
}

function attributesOf(stats: Pick<Stats, 'mode' | 'size' | 'uid' | 'gid' | 'mtime'>): Attributes {
  const type = stats.mode & FILE_TYPE_MASK;
  return {
    kind: type === REGULAR_FILE ? 'file' : type === DIRECTORY ? 'directory' : 'other',
    size: stats.size,
    mode: stats.mode & PERMISSION_MASK,
    uid: stats.uid,
    gid: stats.gid,
    modifiedAt: stats.mtime,
  };
}
