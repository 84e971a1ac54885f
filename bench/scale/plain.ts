/** A node over plain ssh2: the requests that a rotation's file operations are made of, and nothing around them. */
import { randomUUID } from 'node:crypto';
import ssh2, { type Client, type SFTPWrapper } from 'ssh2';
import { nextOperation, type FileOperation, type Placement } from '../../core/operations.js';
import { sound, type Fingerprint, type Repository } from '../../core/repository.js';
import { fingerprint, parseKey } from '../../keys/key.js';
import type { FarmNode } from './farm.js';
import { setTimeout as sleep } from 'node:timers/promises';

export interface PlainAccount {
  readonly user: string;
  readonly privateKey: Buffer;
}

/** What stands in a repository: fingerprints, and the text of each key. */
interface Found {
  readonly repository: Repository;
  readonly textOf: ReadonlyMap<Fingerprint, Buffer>;
}

export interface PlainPlacement {
  readonly placement: Placement;
  readonly expired: readonly Fingerprint[];
  readonly pauseMs: number;
  /** The text of a key that the node may lack. */
  readonly textOf: (key: Fingerprint) => Buffer;
}

const MOST_BYTES = 4096;

type Done<T> = (error: Error | null | undefined, value: T) => void;

export class PlainNode {
  private constructor(
    private readonly client: Client,
    private readonly sftp: SFTPWrapper,
    private readonly repository: string,
  ) {}

  static async connect(node: FarmNode, { user, privateKey }: PlainAccount): Promise<PlainNode> {
    const client = new ssh2.Client();
    await new Promise<void>((resolve, reject) => {
      client.once('ready', resolve).once('error', reject);
      // Else each of ssh2's small writes waits until the one before was confirmed, unless its native part was built.
      client.once('connect', () => client.setNoDelay(true));
      client.connect({ host: node.address, port: node.port, username: user, privateKey });
    });
    const sftp = await ask<SFTPWrapper>((done) => client.sftp(done));
    return new PlainNode(client, sftp, node.repository);
  }

  close(): void {
    this.client.destroy();
  }

  /** As a survey reads it. */
  async read(): Promise<Found> {
    await ask((done) => this.sftp.lstat(this.repository, done));
    const entries = await this.list('.');
    const files = entries.filter((name) => name !== '.rotor');
    const texts = await Promise.all(files.map((name) => this.readFile(name)));
    const keys = texts.map((text) => fingerprint(parseKey(text)));
    return {
      repository: Object.fromEntries(files.map((name, position) => [name, keys[position]!])),
      textOf: new Map(keys.map((key, position) => [key, texts[position]!])),
    };
  }

  /** As a visit changes it: every operation under a lock, between two fresh readings, and with its pause. */
  async place({ placement, expired, pauseMs, textOf }: PlainPlacement): Promise<void> {
    const attempt = randomUUID();
    await this.lock(attempt);
    await this.clear();
    for (let found = await this.read(); ; found = await this.read()) {
      const operation = nextOperation(sound(found.repository), placement, expired);
      if (operation === null) break;
      await this.carryOut(operation, attempt, (key) => found.textOf.get(key) ?? textOf(key));
      await sleep(pauseMs);
    }
    await this.readFile('.rotor/lock');
    await this.remove('.rotor/lock');
  }

  private async lock(attempt: string): Promise<void> {
    await ask((done) => this.sftp.lstat(this.repository, done));
    const entries = await this.list('.');
    if (!entries.includes('.rotor')) await this.tell((done) => this.sftp.mkdir(this.at('.rotor'), done));
    await this.create(`.rotor/lock-${attempt}`, Buffer.from(`bench\n${attempt}\n`));
    await ask((done) => this.sftp.lstat(this.at(`.rotor/lock-${attempt}`), done));
    await ask((done) => this.sftp.lstat(this.at('.rotor/lock'), (_error, stats) => done(null, stats)));
    await this.rename(`.rotor/lock-${attempt}`, '.rotor/lock');
  }

  private async clear(): Promise<void> {
    await this.list('.rotor');
    await this.sync('.');
  }

  private async carryOut(
    operation: FileOperation,
    attempt: string,
    textOf: (key: Fingerprint) => Buffer,
  ): Promise<void> {
    if (operation.kind === 'aside') throw new Error('nothing is moved aside in a fleet that is in sync');
    const staged = `.rotor/${attempt}`;
    await this.create(staged, textOf(operation.key));
    await this.readFile('.rotor/lock');
    await this.read();
    if (operation.kind === 'add')
      await this.tell((done) =>
        this.sftp.ext_openssh_hardlink(this.at(staged), this.at(`${operation.index}`), done),
      );
    else await this.rename(staged, `${operation.index}`);
    await this.sync('.');
    await this.remove(staged);
  }

  private async list(directory: string): Promise<string[]> {
    const entries = await ask<{ filename: string }[]>((done) => this.sftp.readdir(this.at(directory), done));
    return entries.map(({ filename }) => filename).filter((name) => name !== '.' && name !== '..');
  }

  private async readFile(name: string): Promise<Buffer> {
    const handle = await ask<Buffer>((done) => this.sftp.open(this.at(name), 'r', done));
    const buffer = Buffer.alloc(MOST_BYTES);
    const length = ask<number>((done) => this.sftp.read(handle, buffer, 0, MOST_BYTES, 0, done));
    await Promise.all([length, this.tell((done) => this.sftp.close(handle, done))]);
    return buffer.subarray(0, await length);
  }

  private async create(name: string, content: Buffer): Promise<void> {
    const handle = await ask<Buffer>((done) => this.sftp.open(this.at(name), 'wx', 0o600, done));
    await Promise.all([
      this.tell((done) => this.sftp.write(handle, content, 0, content.length, 0, done)),
      ask((done) => this.sftp.fstat(handle, done)),
      this.tell((done) => this.sftp.ext_openssh_fsync(handle, done)),
      this.tell((done) => this.sftp.close(handle, done)),
    ]);
  }

  private async sync(name: string): Promise<void> {
    const handle = await ask<Buffer>((done) => this.sftp.open(this.at(name), 'r', done));
    await Promise.all([
      this.tell((done) => this.sftp.ext_openssh_fsync(handle, done)),
      this.tell((done) => this.sftp.close(handle, done)),
    ]);
  }

  private rename(from: string, to: string): Promise<void> {
    return this.tell((done) => this.sftp.ext_openssh_rename(this.at(from), this.at(to), done));
  }

  /** A name that is gone is no error. */
  private remove(name: string): Promise<void> {
    return this.tell((done) => this.sftp.unlink(this.at(name), () => done()));
  }

  private tell(send: (done: (error?: Error | null) => void) => void): Promise<void> {
    return ask<undefined>((done) => send((error) => done(error, undefined))).then(() => {});
  }

  private at(name: string): string {
    return name === '.' ? this.repository : `${this.repository}/${name}`;
  }
}

function ask<T>(send: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    send((error, value) => (error ? reject(error) : resolve(value)));
  });
}
