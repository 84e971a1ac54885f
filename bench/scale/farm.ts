/** Many simulated nodes: key repositories of their own, reached by real SSH through real sshds on loopback. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fingerprint } from '../../core/repository.js';
import { encodeKey, fingerprint, generateKey } from '../../keys/key.js';
import { ensureKey, startSshd, type Sshd } from '../../lab/sshd.js';

export interface FarmNode {
  readonly name: string;
  readonly site: string;
  readonly address: string;
  readonly port: number;
  readonly repository: string;
}

export interface Farm {
  readonly nodes: readonly FarmNode[];
  readonly identityFile: string;
  readonly knownHosts: string;
  readonly user: string;
  /** Every repository as it was at the start. */
  reset(): void;
  /** Keys that every node holds at the start. */
  readonly keys: readonly Fingerprint[];
  stop(): Promise<void>;
}

export interface FarmOptions {
  readonly directory: string;
  readonly nodes: number;
  readonly sites: number;
}

/** One listener takes so many connections at a time without its backlog overflowing. */
const SSHDS = 2;

/** A fleet that has been rotated before: staged and once more as a secondary, the primary before, the primary. */
const KEPT_NAMES = { '0': 0, '1': 0, '2': 1, '3': 2 } as const;

/** A node is a directory of its own behind one of a few sshds; to rotor it is a machine, with a connection of its own. */
export async function startFarm({ directory, nodes: count, sites }: FarmOptions): Promise<Farm> {
  const identityFile = join(directory, 'id_ed25519');
  const knownHosts = join(directory, 'known_hosts');
  mkdirSync(directory, { recursive: true });
  await ensureKey(identityFile);
  const sshds: Sshd[] = [];
  const stop = async () => {
    await Promise.all(sshds.map((sshd) => sshd.stop()));
  };
  try {
    for (let number = 0; number < SSHDS; number++)
      sshds.push(
        await startSshd({ directory: join(directory, `sshd${number}`), identityFile, home: directory }),
      );
  } catch (error) {
    await stop();
    throw error;
  }
  writeFileSync(knownHosts, sshds.map(({ knownHostsLine }) => `${knownHostsLine}\n`).join(''));

  const nodes = Array.from({ length: count }, (_, number): FarmNode => {
    const { address, port } = sshds[number % sshds.length]!;
    const name = `node${String(number).padStart(5, '0')}`;
    const site = `site${String(Math.floor((number * sites) / count)).padStart(3, '0')}`;
    return { name, site, address, port, repository: join(directory, 'nodes', name) };
  });
  const bytes = [generateKey(), generateKey(), generateKey()];
  const texts = bytes.map((key) => encodeKey(key));
  const reset = () => {
    for (const { repository } of nodes) {
      rmSync(repository, { recursive: true, force: true });
      mkdirSync(repository, { recursive: true, mode: 0o700 });
      for (const [name, key] of Object.entries(KEPT_NAMES))
        writeFileSync(join(repository, name), texts[key]!, { mode: 0o600 });
    }
  };
  reset();
  return { nodes, identityFile, knownHosts, user: sshds[0]!.user, keys: bytes.map(fingerprint), reset, stop };
}
