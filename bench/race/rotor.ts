/**
 * The production writer over a real sshd, at the placements that a rotation of a fleet takes a node through: hold the new
 * key, promote the staged one, stage the new one. The one file of the race that knows the writer.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Placement } from '../../core/operations.js';
import {
  holds,
  keysOf,
  primaryOf,
  sound,
  STAGED_INDEX,
  stagedOf,
  topIndexOf,
  type Repository,
} from '../../core/repository.js';
import { startSshd, type Sshd } from '../../lab/sshd.js';
import { NodeConnections } from '../../nodes/connections.js';
import { readRepository } from '../../nodes/reading.js';
import type { RepositoryFiles } from '../../nodes/repository-files.js';
import type { NodeAddress } from '../../nodes/session.js';
import { place, placeNewKey, type Visit } from '../../nodes/writer.js';
import { keyFile } from './key-files.js';
import { Master } from './master.js';
import type { Announce, Contestant, MethodContext } from './method.js';
import { pinHostKey } from './ssh-link.js';

export const rotor: Contestant = {
  name: 'rotor',
  start: async (context) => {
    const { directory, pauseMs } = context;
    const repository = join(directory, 'fernet-keys');
    await (await Master.start(repository)).stop();
    const sshd = await startSshd({ directory: join(directory, 'sshd') });
    const connections = new NodeConnections(10);
    const address = addressOf(sshd, directory, repository);
    return {
      name: rotor.name,
      pauseMs,
      repository,
      rotate: (announce) => connections.use(address, (files) => rotate(files, repository, context, announce)),
      stop: async () => {
        await connections.close();
        await sshd.stop();
      },
    };
  },
};

function addressOf(sshd: Sshd, directory: string, repository: string): NodeAddress {
  const { port, user, identityFile } = sshd;
  const knownHosts = pinHostKey(sshd, directory);
  return {
    name: 'ctl1',
    site: 'race',
    address: '127.0.0.1',
    jumps: [],
    port,
    user,
    identityFile,
    knownHosts,
    repository,
  };
}

/** Tokens live until the second rotation after theirs, as with the peers: older primaries have expired. */
async function rotate(
  files: RepositoryFiles,
  path: string,
  { pauseMs, signal }: MethodContext,
  announce: Announce,
): Promise<void> {
  const { repository: before } = await readRepository(files);
  const [staged, primary] = [stagedOf(before)!, primaryOf(before)!];
  const expired = [...keysOf(before)].filter((key) => key !== staged && key !== primary);
  announce([keyFile(path, STAGED_INDEX), keyFile(path, topIndexOf(before))]);

  const visit = (surveyed: Repository): Visit => ({
    holder: { operation: 'rotation/race/1', attempt: randomUUID() },
    surveyed: sound(surveyed),
    expired,
    pauseMs,
    signal,
  });
  const bring = async (surveyed: Repository, placement: Placement) =>
    (await place(files, { ...visit(surveyed), placement, keyFor: refuse })).repository;
  const { repository: held, key } = await placeNewKey(files, visit(before));
  const promoted = await bring(held, { kind: 'promote', key: staged });
  const after = await bring(promoted, { kind: 'stage', key });
  if (expired.length === 0 || expired.some((each) => holds(after, each)))
    throw new Error('a rotation without pruning is none for this race');
}

function refuse(): Promise<never> {
  return Promise.reject(new Error('the node holds every key that is placed'));
}
