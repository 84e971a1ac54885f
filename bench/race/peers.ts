/**
 * How others bring a rotated repository to a node: the commands that each project documents, after a rotation with
 * Keystone's own code. Everything belongs to one account, nothing is far away, and no Ansible or Juju takes its time.
 */
import { cpSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../lab/commands.js';
import { keyFile } from './key-files.js';
import type { Contestant } from './method.js';
import { localPeer, sshPeer, type Push } from './peer.js';
import { scriptCommand } from './python-script.js';
import type { SshLink } from './ssh-link.js';

export const peers: readonly Contestant[] = [
  sshPeer('kolla-ansible rsync', pushAsKolla),
  sshPeer('crowbar rsync', pushAsCrowbar),
  sshPeer('openstack-ansible overwrite', pushAsOpenStackAnsible),
  localPeer('TripleO remove-and-copy', pushAsTripleO),
  localPeer('charm-keystone tmp+rename', pushAsCharm),
  localPeer('directory exchange', pushByExchange),
];

/** openstack/kolla-ansible, ansible/roles/keystone/templates/fernet-push.sh.j2 */
async function pushAsKolla({ master, node }: Push, ssh: SshLink): Promise<void> {
  await rsync(['-az', '--delete', `${master}/`, `${ssh.host}:${node}`], ssh);
}

/**
 * crowbar/crowbar-openstack, chef/cookbooks/keystone/templates/default/keystone-fernet-keys-push.sh. It runs as root there,
 * so that a Keystone may not open rsync's temporary files and fails; one account for all leaves that out.
 */
async function pushAsCrowbar({ master, node }: Push, ssh: SshLink): Promise<void> {
  await rsync(['-a', '--timeout=300', '--delete-after', master, `${ssh.host}:${join(node, '..')}/`], ssh);
}

/**
 * openstack/openstack-ansible-os_keystone, templates/keystone-fernet-rotate.sh.j2. The real `scp`: with `cp` in its place
 * two hundred times as many tokens were refused.
 */
async function pushAsOpenStackAnsible({ master, node, names }: Push, ssh: SshLink): Promise<void> {
  const highestFirst = [...names].sort((one, other) => Number(other) - Number(one));
  const sources = highestFirst.map((name) => join(master, name));
  await runCommand('scp', [...ssh.options, ...sources, `${ssh.host}:${node}/`]);
  await rsync(['-avz', '--delete', `${master}/`, `${ssh.host}:${node}/`], ssh);
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

/** Nobody's documented way, but the first that comes to mind: the whole directory in one step (renameat2, RENAME_EXCHANGE). */
async function pushByExchange({ master, node }: Push): Promise<void> {
  const next = `${node}.next`;
  cpSync(master, next, { recursive: true });
  const [program, ...args] = scriptCommand('exchange.py');
  await runCommand(program!, [...args, next, node]);
  rmSync(next, { recursive: true });
}

async function rsync(args: readonly string[], ssh: SshLink): Promise<void> {
  await runCommand('rsync', ['-e', ['ssh', ...ssh.options].join(' '), ...args]);
}
