import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Repository } from '../../core/repository.js';
import { encodeKey, fingerprint, generateKey, parseKey } from '../../keys/key.js';
import { startSshd, type Sshd } from '../../lab/sshd.js';
import { NodeConnections } from '../../nodes/connections.js';
import type { RepositoryFiles } from '../../nodes/repository-files.js';
import type { NodeAddress } from '../../nodes/session.js';

/** Keys by the letters that tests call them, and back. */
export class KeyRing {
  private readonly keys = new Map<string, Buffer>();

  of(letter: string): Buffer {
    const key = this.keys.get(letter) ?? generateKey();
    this.keys.set(letter, key);
    return key;
  }

  fingerprint(letter: string): string {
    return fingerprint(this.of(letter));
  }

  /** The letter of a fingerprint; `?` for a key that no test has named. */
  letter(fingerprintOfKey: string): string {
    return [...this.keys].find(([, key]) => fingerprint(key) === fingerprintOfKey)?.[0] ?? '?';
  }
}

/** A key repository behind a real sshd. */
export interface NodeUnderTest {
  readonly keys: KeyRing;
  readonly path: string;
  readonly address: NodeAddress;
  readonly sshd: Sshd;
  readonly connections: NodeConnections;
  /** Replaces all that is there: `0:S 1:P`. */
  fill(layout: string): void;
  /** What is there now, in the same words. */
  layout(): string;
  /** The same as a map, for requests. */
  repository(layout: string): Repository;
  visit<T>(use: (files: RepositoryFiles) => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

/** Logins that a server has let in so far. */
export function loginsAt({ log }: Sshd): number {
  return readFileSync(log, 'utf8').split('Accepted publickey').length - 1;
}

export async function startNode(): Promise<NodeUnderTest> {
  const directory = mkdtempSync(join(tmpdir(), 'rotor-node-'));
  const path = join(directory, 'fernet-keys');
  const knownHosts = join(directory, 'known_hosts');
  const sshd = await startSshd({ directory: join(directory, 'sshd') });
  writeFileSync(knownHosts, `${sshd.knownHostsLine}\n`);
  const keys = new KeyRing();
  const connections = new NodeConnections(10);
  const address: NodeAddress = {
    name: 'ctl1',
    site: 'region-one',
    address: '127.0.0.1',
    jumps: [],
    port: sshd.port,
    repository: path,
    user: sshd.user,
    identityFile: sshd.identityFile,
    knownHosts,
  };
  const partsOf = (layout: string) => layout.split(' ').map((part) => part.split(':') as [string, string]);
  return {
    keys,
    path,
    address,
    sshd,
    connections,
    fill: (layout) => {
      rmSync(path, { recursive: true, force: true });
      mkdirSync(path, { mode: 0o700 });
      for (const [index, letter] of partsOf(layout)) {
        writeFileSync(join(path, index), encodeKey(keys.of(letter)), { mode: 0o600 });
      }
    },
    layout: () =>
      readdirSync(path)
        .filter((name) => statSync(join(path, name)).isFile())
        .sort((a, b) => Number(a) - Number(b))
        .map((name) => `${name}:${keys.letter(fingerprint(parseKey(readFileSync(join(path, name)))))}`)
        .join(' '),
    repository: (layout) =>
      Object.fromEntries(partsOf(layout).map(([index, letter]) => [index, keys.fingerprint(letter)])),
    visit: (use) => connections.use(address, use),
    stop: async () => {
      await connections.close();
      await sshd.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
