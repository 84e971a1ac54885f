/** Whoever rotates on a master and then pushes the result to the node that is read. */
import { cpSync, mkdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { issuingKeys, keyFile } from './key-files.js';
import { Master } from './master.js';
import type { Contestant, Method } from './method.js';
import { openSshLink, type SshLink } from './ssh-link.js';

export interface Push {
  /** Directory that was rotated. */
  readonly master: string;
  /** Directory that is read. */
  readonly node: string;
  /** Files of the master, as Python's `os.listdir` orders them. */
  readonly names: readonly string[];
}

/** A peer whose work on the node is done by a program that runs there. */
export function localPeer(name: string, push: (what: Push) => Promise<void>): Contestant {
  return { name, start: ({ directory }) => startPeer(name, directory, push) };
}

/** A peer that pushes over ssh. */
export function sshPeer(name: string, push: (what: Push, ssh: SshLink) => Promise<void>): Contestant {
  return {
    name,
    start: async ({ directory }) => {
      const ssh = await openSshLink(join(directory, 'ssh'));
      try {
        const method = await startPeer(name, directory, (what) => push(what, ssh));
        return { ...method, stop: () => Promise.all([method.stop(), ssh.stop()]).then(() => {}) };
      } catch (error) {
        await ssh.stop();
        throw error;
      }
    },
  };
}

async function startPeer(
  name: string,
  directory: string,
  push: (what: Push) => Promise<void>,
): Promise<Method> {
  // Of one name, because crowbar sends the directory itself.
  const pathOn = (host: string) => join(directory, host, 'fernet-keys');
  const [master, node] = [pathOn('master'), pathOn('node')];
  for (const path of [master, node]) mkdirSync(join(path, '..'));
  const rotating = await Master.start(master);
  cpSync(master, node, { recursive: true, preserveTimestamps: true });
  return {
    name,
    repository: node,
    rotate: async (announce) => {
      const names = await rotating.rotate();
      // The node has all of these until the push begins; the master, whose tokens it must accept, has a new primary already.
      announce(issuingKeys(master));
      await push({ master, node, names });
      await mustBeEqual(name, { master, node, names });
    },
    stop: () => rotating.stop(),
  };
}

/** A push that did not work would make the next one look bad. */
async function mustBeEqual(peer: string, { master, node, names }: Push): Promise<void> {
  const found = await readdir(node);
  const isSame = (name: string) => found.includes(name) && keyFile(node, name).equals(keyFile(master, name));
  if (found.length !== names.length || !names.every(isSame))
    throw new Error(`${peer}: the node has not the keys of the master`);
}
