/** A machine's files in memory, for parsers of what stands in them. */
import { NodeError } from '../../nodes/node-error.js';
import type { Attributes, Entry, RepositoryFiles, SystemFiles } from '../../nodes/repository-files.js';

const DIRECTORY: Attributes = { kind: 'directory', size: 4096, mode: 0o700, uid: 42, gid: 42, modifiedAt: 0 };

export interface WrittenFile extends Entry {
  readonly content: Buffer;
}

export const file = (name: string, content: Buffer): WrittenFile => ({
  ...DIRECTORY,
  ...{ kind: 'file', mode: 0o600, name, content, size: content.length },
});

/** Directories by their path; a repository is `.`. Nothing can be written. */
export class WrittenFiles implements SystemFiles, RepositoryFiles {
  readonly node = 'ctl1';
  readonly path = '/etc/keystone/fernet-keys';

  constructor(private readonly directories: Readonly<Record<string, readonly WrittenFile[]>>) {}

  list(directory: string): Promise<Entry[]> {
    const entries = Object.hasOwn(this.directories, directory) ? this.directories[directory] : undefined;
    return entries ? Promise.resolve([...entries]) : this.missing();
  }

  attributes(name: string): Promise<Attributes> {
    if (Object.hasOwn(this.directories, name)) return Promise.resolve(DIRECTORY);
    const found = this.find(name);
    return found ? Promise.resolve(found) : this.missing();
  }

  read(name: string, mostBytes = 4096): Promise<Buffer> {
    const found = this.find(name);
    return found ? Promise.resolve(Buffer.from(found.content.subarray(0, mostBytes))) : this.missing();
  }

  realPath(): Promise<string> {
    return Promise.resolve(this.path);
  }

  private find(path: string): WrittenFile | undefined {
    const slash = path.lastIndexOf('/');
    const directory = slash < 0 ? '.' : path.slice(0, slash);
    return this.directories[directory]?.find(({ name }) => name === path.slice(slash + 1));
  }

  private missing(): Promise<never> {
    return Promise.reject(new NodeError('no-repository', this.node, 'there is no such file'));
  }

  makeDirectory = () => this.readOnly();
  create = () => this.readOnly();
  rename = () => this.readOnly();
  link = () => this.readOnly();
  remove = () => this.readOnly();
  syncDirectory = () => this.readOnly();

  private readOnly(): Promise<never> {
    return Promise.reject(new NodeError('permissions', this.node, 'nothing is written here'));
  }
}
