/** The writer's way to a virtual node: every request goes over a network that loses, delays and cuts. */
import type { Attributes, Entry, RepositoryFiles } from '../nodes/repository-files.js';
import { asNodeError, attributesOf } from './disk-answers.js';
import { DiskError, directory, file, type Directory, type File } from './disk.js';
import type { Session } from './network.js';
import type { VirtualNode } from './node.js';
import type { Safety } from './safety.js';
import type { Sabotage } from './settings.js';

/** Small enough that every name fits one request. */
type Effect<T> = (node: VirtualNode, now: number) => T;

export class VirtualFiles implements RepositoryFiles {
  readonly path = '/etc/keystone/fernet-keys';

  constructor(
    private readonly session: Session,
    private readonly safety: Safety,
    private readonly sabotage: Sabotage | undefined,
  ) {}

  get node(): string {
    return this.session.node.name;
  }

  realPath(): Promise<string> {
    return this.ask('realpath', () => this.path);
  }

  list(path: string): Promise<Entry[]> {
    return this.ask('list', ({ disk }) =>
      [...disk.directory(path).names].map(([name, entry]) => ({ name, ...attributesOf(entry) })),
    );
  }

  attributes(name: string): Promise<Attributes> {
    return this.ask('stat', ({ disk }) => attributesOf(disk.find(name)));
  }

  read(name: string): Promise<Buffer> {
    return this.ask('read', ({ disk }) => Buffer.from(disk.file(name).content));
  }

  makeDirectory(name: string): Promise<void> {
    return this.ask('mkdir', (node, now) => {
      mustNotExist(node, name);
      node.disk.change(name, directory(localTime(node, now)), now);
    });
  }

  /** Three requests that the node may die between, as over SFTP. */
  async create(name: string, content: Buffer, { mode }: Pick<Attributes, 'mode'>): Promise<void> {
    const sent = Buffer.from(content);
    const made = await this.ask('open', (node, now) => {
      mustNotExist(node, name);
      const empty = file(Buffer.alloc(0), 0o600, localTime(node, now), now);
      node.disk.change(name, empty, now);
      return { empty, powerLosses: node.disk.powerLosses };
    });
    const open = ({ disk }: VirtualNode): File => {
      if (disk.powerLosses !== made.powerLosses) throw new DiskError('EIO');
      return made.empty;
    };
    await this.ask('write', (node, now) => {
      Object.assign(open(node), { content: sent, mode, unsyncedAt: now, key: undefined });
    });
    await this.ask('fsync', (node) => {
      open(node).unsyncedAt = null;
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.ask('rename', (node, now) => {
      const source = node.disk.find(from);
      node.disk.change(to, source, now);
      node.disk.change(from, null, now);
      this.noteKey(node, to, source);
    });
  }

  link(from: string, to: string): Promise<void> {
    return this.ask('link', (node, now) => {
      const source = node.disk.find(from);
      mustNotExist(node, to);
      node.disk.change(to, source, now);
      this.noteKey(node, to, source);
    });
  }

  async remove(name: string): Promise<void> {
    await this.ask('unlink', (node, now) => {
      if (node.disk.has(name)) node.disk.change(name, null, now);
    });
  }

  syncDirectory(name: string): Promise<void> {
    return this.ask('syncdir', ({ disk }) => {
      if (this.sabotage !== 'no-sync') disk.syncDirectory(name);
    });
  }

  private noteKey(node: VirtualNode, name: string, source: File | Directory): void {
    if (name.includes('/') || source.kind !== 'file') return;
    const before = node.primary;
    this.safety.placed(node, name, source);
    this.safety.changed(node);
    this.safety.promoted(node, before);
  }

  private ask<T>(what: string, effect: Effect<T>): Promise<T> {
    const isWrite = !READS.has(what);
    return this.session.ask(what, isWrite, (node, now) => {
      try {
        if (node.diskTrouble && (isWrite || node.diskTrouble === 'EIO'))
          throw new DiskError(node.diskTrouble);
        return effect(node, now);
      } catch (error) {
        throw asNodeError(error, node.name, what);
      }
    });
  }
}

const READS = new Set(['realpath', 'list', 'stat', 'read']);

function mustNotExist(node: VirtualNode, path: string): void {
  if (node.disk.has(path)) throw new DiskError('EEXIST');
}

function localTime(node: VirtualNode, now: number): number {
  return now + node.clockOffsetMs;
}
