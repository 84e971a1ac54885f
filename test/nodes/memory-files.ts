/** A repository on the simulator's disk, asked in the same requests that `SftpFiles` sends; a test may look between any two. */
import type { Attributes, Entry, RepositoryFiles } from '../../nodes/repository-files.js';
import type { Disk } from '../../sim/disk.js';
import { asNodeError, attributesOf } from '../../sim/disk-answers.js';
import { DiskError, directory, file, type File } from '../../sim/disk.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');

export interface Watcher {
  /** May throw instead of the request's effect. */
  before?(what: string): void;
  after?(what: string): void;
}

export class MemoryFiles implements RepositoryFiles {
  readonly node = 'ctl1';
  readonly path = '/etc/keystone/fernet-keys';

  constructor(
    readonly disk: Disk,
    private readonly watcher: Watcher = {},
  ) {}

  realPath(): Promise<string> {
    return this.request('realpath', () => this.path);
  }

  list(path: string): Promise<Entry[]> {
    return this.request('list', () =>
      [...this.disk.directory(path).names].map(([name, entry]) => ({ name, ...attributesOf(entry) })),
    );
  }

  attributes(name: string): Promise<Attributes> {
    return this.request('stat', () => attributesOf(this.disk.find(name)));
  }

  async read(name: string): Promise<Buffer> {
    const found = await this.request('open', () => this.disk.file(name));
    try {
      return await this.request('read', () => Buffer.from(found.content));
    } finally {
      await this.request('close', () => {});
    }
  }

  makeDirectory(name: string): Promise<void> {
    return this.request('mkdir', () => {
      this.mustNotExist(name);
      this.disk.change(name, directory(NOW), NOW);
    });
  }

  async create(name: string, content: Buffer, { mode }: Pick<Attributes, 'mode'>): Promise<void> {
    const bytes = Buffer.from(content);
    const made = await this.request('open', () => {
      this.mustNotExist(name);
      const empty = file(Buffer.alloc(0), 0o600, NOW, NOW);
      this.disk.change(name, empty, NOW);
      return empty;
    });
    try {
      await this.request('write', () => void Object.assign(made, { content: bytes, key: undefined }));
      await this.request('fstat', () => {});
      if (mode !== made.mode) await this.request('fchmod', () => void (made.mode = mode));
      await this.request('fsync', () => this.syncFile(made));
    } finally {
      await this.request('close', () => {});
    }
  }

  rename(from: string, to: string): Promise<void> {
    return this.request('rename', () => {
      const source = this.disk.find(from);
      this.disk.change(to, source, NOW);
      this.disk.change(from, null, NOW);
    });
  }

  link(from: string, to: string): Promise<void> {
    return this.request('link', () => {
      const source = this.disk.find(from);
      this.mustNotExist(to);
      this.disk.change(to, source, NOW);
    });
  }

  remove(name: string): Promise<void> {
    return this.request('unlink', () => {
      if (this.disk.has(name)) this.disk.change(name, null, NOW);
    });
  }

  async syncDirectory(name: string): Promise<void> {
    await this.request('open', () => this.disk.directory(name));
    try {
      await this.request('fsync', () => this.disk.syncDirectory(name));
    } finally {
      await this.request('close', () => {});
    }
  }

  protected syncFile(made: File): void {
    made.unsyncedAt = null;
  }

  private mustNotExist(name: string): void {
    if (this.disk.has(name)) throw new DiskError('EEXIST');
  }

  private async request<T>(what: string, effect: () => T): Promise<T> {
    // As over a network, the answer never comes within the same turn.
    await Promise.resolve();
    try {
      this.watcher.before?.(what);
      const result = effect();
      this.watcher.after?.(what);
      return result;
    } catch (error) {
      throw asNodeError(error, this.node, what);
    }
  }
}
