/** Where the programs of the lab are. `setup/ensure.mjs --lab` puts them there. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout, whether this file runs from its source or from the build. */
export const projectRoot = findProject(dirname(fileURLToPath(import.meta.url)));

/** Tools and ready-made data that belong to this checkout alone; ignored by git. */
export const toolsDirectory = join(projectRoot, '.tools');

/** The CLI of our own environment, else the one on the path, which the setup then found recent enough. */
export const temporalProgram = firstExisting([join(toolsDirectory, 'temporal/bin/temporal')], 'temporal');
export const keystonePython = join(toolsDirectory, 'keystone/bin/python');
export const keystoneManage = join(toolsDirectory, 'keystone/bin/keystone-manage');
export const ansiblePlaybook = join(toolsDirectory, 'ansible/bin/ansible-playbook');
export const ansibleInventory = join(toolsDirectory, 'ansible/bin/ansible-inventory');
/** The Python that Ansible runs in. */
export const ansiblePython = join(toolsDirectory, 'ansible/bin/python');
/** kolla-ansible's own `all-in-one` and `multinode`. */
export const kollaInventories = join(toolsDirectory, 'kolla/share/kolla-ansible/ansible/inventory');
export const openstackPython = join(toolsDirectory, 'openstack/bin/python');
export const keystoneLauncher = join(projectRoot, 'lab/keystone-launcher.py');
export const keystoneRotateScript = join(projectRoot, 'lab/keystone-rotate.py');
export const reaperScript = join(projectRoot, 'lab/reaper.py');

/** By absolute path, because sshd starts itself again for every connection. */
export const sshdProgram = firstExisting(
  ['/usr/sbin', ...(process.env.PATH ?? '').split(':')].map((directory) => join(directory, 'sshd')),
  '/usr/sbin/sshd',
);

function findProject(directory: string): string {
  const manifest = join(directory, 'package.json');
  if (existsSync(manifest) && readFileSync(manifest, 'utf8').includes('"name": "fernet-rotor"'))
    return directory;
  const parent = dirname(directory);
  if (parent === directory) throw new Error('no package.json of fernet-rotor above this file');
  return findProject(parent);
}

function firstExisting(paths: readonly string[], otherwise: string): string {
  return paths.find((path) => existsSync(path)) ?? otherwise;
}
