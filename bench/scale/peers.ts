/** The same on the same nodes in the ways of others: a playbook with Ansible, and kolla-ansible's push. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { runCommand } from '../../lab/commands.js';
import { ansiblePlaybook } from '../../lab/tools.js';
import { encodeKey, generateKey } from '../../keys/key.js';
import type { Farm, FarmNode } from './farm.js';

export interface Peer {
  readonly name: string;
  /** Brings a new key to every node and makes it the primary. */
  readonly rotate: (errand: Errand) => Promise<void>;
}

interface Errand {
  readonly farm: Farm;
  readonly nodes: readonly FarmNode[];
  /** A folder for files of its own, with the new key as `new-key`. */
  readonly directory: string;
}

export const PEERS: readonly Peer[] = [
  { name: 'ansible', rotate: rotateByPlaybook },
  { name: 'kolla-ansible rsync', rotate: pushAsKolla },
];

export async function secondsOf(peer: Peer, farm: Farm, nodes: readonly FarmNode[]): Promise<number> {
  farm.reset();
  // A short path, because ssh's sockets lie in it.
  const directory = mkdtempSync(join(tmpdir(), 'rotor-peer-'));
  try {
    writeFileSync(join(directory, 'new-key'), encodeKey(generateKey()), { mode: 0o600 });
    const startedAt = performance.now();
    await peer.rotate({ farm, nodes, directory });
    return (performance.now() - startedAt) / 1000;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** As many hosts at a time as rotor has in a batch; ssh's connections are kept, and no file is copied for a module. */
const ANSIBLE_SETTINGS = {
  ANSIBLE_FORKS: '50',
  ANSIBLE_PIPELINING: 'True',
  ANSIBLE_NOCOLOR: '1',
  ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
};

const CHECK = {
  name: 'check',
  command: 'sha256sum {{ repository }}/0 {{ repository }}/3',
  changed_when: false,
};

/** Survey, copy, check, promote, prune, check: what a rotation has to do at least, one task each, and no pause. */
const TASKS = [
  { name: 'survey', find: { paths: '{{ repository }}', get_checksum: true } },
  { name: 'copy', copy: { src: '{{ new_key }}', dest: '{{ repository }}/1', mode: '0600' } },
  CHECK,
  { name: 'promote', command: 'ln {{ repository }}/0 {{ repository }}/4' },
  { name: 'prune', file: { path: '{{ repository }}/2', state: 'absent' } },
  CHECK,
];

async function rotateByPlaybook({ farm, nodes, directory }: Errand): Promise<void> {
  const inventory = join(directory, 'inventory.yml');
  const playbook = join(directory, 'playbook.yml');
  const hosts = Object.fromEntries(
    nodes.map(({ name, address, port, repository }) => [
      name,
      { ansible_host: address, ansible_port: port, repository },
    ]),
  );
  const vars = {
    ansible_user: farm.user,
    ansible_ssh_private_key_file: farm.identityFile,
    new_key: join(directory, 'new-key'),
  };
  writeFileSync(inventory, stringify({ all: { hosts, vars } }));
  writeFileSync(playbook, stringify([{ hosts: 'all', gather_facts: false, tasks: TASKS }]));
  const options = [
    '-F none',
    `-o UserKnownHostsFile=${farm.knownHosts}`,
    '-o ControlMaster=auto -o ControlPersist=60s',
  ];
  await runCommand(ansiblePlaybook, ['-i', inventory, playbook], {
    ...ANSIBLE_SETTINGS,
    ANSIBLE_SSH_ARGS: options.join(' '),
    ANSIBLE_SSH_CONTROL_PATH_DIR: join(directory, 'cp'),
    ANSIBLE_HOME: join(directory, 'home'),
  });
}

/** openstack/kolla-ansible, ansible/roles/keystone/templates/fernet-push.sh.j2: one node after the other. */
async function pushAsKolla({ farm, nodes, directory }: Errand): Promise<void> {
  const master = join(directory, 'master');
  mkdirSync(master);
  cpSync(nodes[0]!.repository, master, { recursive: true });
  cpSync(join(directory, 'new-key'), join(master, '4'));
  for (const { address, port, repository } of nodes) {
    const ssh = ['ssh', '-F', 'none', '-i', farm.identityFile, '-p', `${port}`];
    const remote = [...ssh, '-o', `UserKnownHostsFile=${farm.knownHosts}`, '-o', 'BatchMode=yes'].join(' ');
    await runCommand('rsync', [
      '-az',
      '--delete',
      '-e',
      remote,
      `${master}/`,
      `${farm.user}@${address}:${repository}`,
    ]);
  }
}
