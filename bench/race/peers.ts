/**
 * How others bring a rotated repository to a node. Each rotates with Keystone's own code and then runs the commands that
 * its project documents, here from directory to directory without ssh: what a reader sees is the receiver's doing, and
 * its order is the same. Everything belongs to one account. What the network and Ansible would add is time, so these
 * figures are the kinder ones.
 */
import { cpSync, renameSync, rmSync, unlinkSync, writeFileSync, mkdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../lab/commands.js';
import { issuingKeys, keyFile } from './key-files.js';
import { Master } from './master.js';
import type { Contestant } from './method.js';
import { scriptCommand } from './python-script.js';

interface Push {
  readonly master: string;
  readonly node: string;
  /** Files of the master, as Python's `os.listdir` orders them. */
  readonly names: readonly string[];
}

/** openstack/kolla-ansible, ansible/roles/keystone/templates/fernet-push.sh.j2 */
async function pushAsKolla({ master, node }: Push): Promise<void> {
  await runCommand('rsync', ['-az', '--delete', `${master}/`, node]);
}

/**
 * crowbar/crowbar-openstack, chef/cookbooks/keystone/templates/default/keystone-fernet-keys-push.sh. It runs as root there,
 * so that a Keystone may not open rsync's temporary files and fails; one account for all leaves that out.
 */
async function pushAsCrowbar({ master, node }: Push): Promise<void> {
  await runCommand('rsync', ['-a', '--timeout=300', '--delete-after', master, join(node, '..')]);
}

/**
 * openstack/openstack-ansible-os_keystone, templates/keystone-fernet-rotate.sh.j2. Its `scp` opens the files that are there
 * and truncates them, as `cp` does.
 */
async function pushAsOpenStackAnsible({ master, node, names }: Push): Promise<void> {
  const highestFirst = [...names].sort((one, other) => Number(other) - Number(one));
  await runCommand('cp', [...highestFirst.map((name) => join(master, name)), `${node}/`]);
  await runCommand('rsync', ['-avz', '--delete', `${master}/`, `${node}/`]);
}

/**
 * openstack-archive/tripleo-common, playbooks/rotate-keys.yaml. Ansible's module `copy` writes elsewhere and renames, about
 * a second a file; here it takes no time, and Keystone is not restarted.
 */
async function pushAsTripleO({ master, node, names }: Push): Promise<void> {
  await runCommand('sh', ['-c', 'rm -rf "$1"/*', 'sh', node]);
  for (const name of names) {
    const temporary = `${node}.${name}`;
    writeFileSync(temporary, keyFile(master, name), { mode: 0o600 });
    renameSync(temporary, join(node, name));
  }
}

/** openstack/charm-keystone, hooks/keystone_utils.py, `key_write` */
async function pushAsCharm({ master, node, names }: Push): Promise<void> {
  for (const name of names) {
    const temporary = join(node, `.${name}`);
    writeFileSync(temporary, keyFile(master, name), { mode: 0o600 });
    renameSync(temporary, join(node, name));
  }
  for (const name of await readdir(node)) if (!names.includes(name)) unlinkSync(join(node, name));
}

/** The whole directory in one step, as one would hope that it is enough: renameat2(2), RENAME_EXCHANGE. */
async function pushByExchange({ master, node }: Push): Promise<void> {
  const next = `${node}.next`;
  cpSync(master, next, { recursive: true });
  const [program, ...args] = scriptCommand('exchange.py');
  await runCommand(program!, [...args, next, node]);
  rmSync(next, { recursive: true });
}

export const peers: readonly Contestant[] = [
  peer('kolla-ansible rsync', pushAsKolla),
  peer('crowbar rsync', pushAsCrowbar),
  peer('openstack-ansible overwrite', pushAsOpenStackAnsible),
  peer('TripleO remove-and-copy', pushAsTripleO),
  peer('charm-keystone tmp+rename', pushAsCharm),
  peer('directory exchange', pushByExchange),
];

function peer(name: string, push: (what: Push) => Promise<void>): Contestant {
  return {
    name,
    start: async ({ directory }) => {
      // Of one name, because crowbar sends the directory itself.
      const [master, node] = ['master', 'node'].map((host) => join(directory, host, 'fernet-keys')) as [
        string,
        string,
      ];
      for (const path of [master, node]) mkdirSync(join(path, '..'));
      const rotating = await Master.start(master);
      cpSync(master, node, { recursive: true, preserveTimestamps: true });
      return {
        name,
        repository: node,
        rotate: async (announce) => {
          const names = await rotating.rotate();
          // The node has all of these until the push begins; the master, which shares its tokens, makes new ones already.
          announce(issuingKeys(master));
          await push({ master, node, names });
          await mustBeEqual(name, { master, node, names });
        },
        stop: () => rotating.stop(),
      };
    },
  };
}

/** A push that did not work would make the next one look bad. */
async function mustBeEqual(peer: string, { master, node, names }: Push): Promise<void> {
  const found = await readdir(node);
  const isSame = (name: string) => found.includes(name) && keyFile(node, name).equals(keyFile(master, name));
  if (found.length !== names.length || !names.every(isSame))
    throw new Error(`${peer}: the node has not the keys of the master`);
}
