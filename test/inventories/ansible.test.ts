import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { ansiblePython, kollaInventories } from '../../lab/tools.js';
import { FILES, ansible, list, refusal, shortly, temporaryDirectory } from './scene.js';

const OPENSTACK_ANSIBLE = join(FILES, 'openstack-ansible');
const EXAMPLE = join(OPENSTACK_ANSIBLE, 'etc/openstack_deploy/openstack_user_config.yml.prod.example');

function write(content: string): string {
  const file = join(temporaryDirectory(), 'hosts');
  writeFileSync(file, content);
  return file;
}

/**
 * The script as a deployment host has it: run by a Python with what it imports, for the settings of one cloud.
 *
 * @param settings content of `openstack_user_config.yml`
 */
function openstackAnsible(settings: string): string {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'openstack_user_config.yml'), settings);
  const script = join(directory, 'dynamic_inventory.sh');
  const inventory = join(OPENSTACK_ANSIBLE, 'inventory/dynamic_inventory.py');
  const run = `PYTHONDONTWRITEBYTECODE=1 OSA_CONFIG_DIR='${directory}' exec '${ansiblePython}' '${inventory}' "$@"`;
  writeFileSync(script, `#!/bin/sh\n${run}\n`, { mode: 0o755 });
  return script;
}

describe('inventories that Ansible reads', () => {
  test('kolla-ansible’s multinode: the hosts of its group, with its volume', async () => {
    const nodes = await list([
      ansible(join(kollaInventories, 'multinode'), 'keystone', {
        repository: '/var/lib/docker/volumes/keystone_fernet_tokens/_data',
        keystone: 'http://{address}:5000/v3',
      }),
    ]);
    expect(shortly(nodes)).toEqual([1, 2, 3].map((number) => `control0${number} control control0${number}`));
    expect(nodes[0]).toMatchObject({
      port: 22,
      user: 'rotor',
      repository: '/var/lib/docker/volumes/keystone_fernet_tokens/_data',
      keystone: 'http://control01:5000/v3',
    });
  });

  test('kolla-ansible’s all-in-one', async () => {
    const nodes = await list([ansible(join(kollaInventories, 'all-in-one'), 'keystone')]);
    expect(shortly(nodes)).toEqual(['localhost control localhost']);
  });

  test('openstack-ansible’s dynamic inventory: Keystone’s containers of its production example', async () => {
    const script = openstackAnsible(readFileSync(EXAMPLE, 'utf8'));
    const nodes = await list([ansible(script, 'keystone_all')]);
    expect(shortly(nodes)).toEqual(
      [1, 2, 3].map((number): unknown =>
        expect.stringMatching(
          new RegExp(`^infra${number}-keystone-container-[0-9a-f]{8} keystone 172\\.29\\.23[6-9]\\.`),
        ),
      ),
    );
    // It keeps what it made up, so that the next listing is the same fleet.
    expect(await list([ansible(script, 'keystone_all')])).toEqual(nodes);
  });

  test('openstack-ansible’s dynamic inventory: sites from a variable of its hosts', async () => {
    const settings = parse(readFileSync(EXAMPLE, 'utf8')) as {
      identity_hosts: Record<string, { container_vars?: object }>;
    };
    const regions = { infra1: 'RegionOne', infra2: 'RegionTwo', infra3: 'RegionTwo' };
    for (const [host, region] of Object.entries(regions))
      settings.identity_hosts[host]!.container_vars = { region };
    const script = openstackAnsible(stringify(settings));
    const nodes = await list([ansible(script, 'keystone_all', { siteVariable: 'region' })]);
    expect(nodes.map(({ site }) => site)).toEqual(Object.values(regions));
  });

  test('sub-groups are sites; address, port and account of a host are its own', async () => {
    const file = write(`[one]
ctl1 ansible_host=192.0.2.1 ansible_port=2222 ansible_user=keystone api=10.0.0.1
[two]
ctl2 ansible_host=192.0.2.2 api=10.0.0.2
[keystone:children]
one
two
`);
    const nodes = await list([ansible(file, 'keystone', { keystone: 'http://{api}:5000/v3' })]);
    expect(shortly(nodes)).toEqual(['ctl1 one 192.0.2.1', 'ctl2 two 192.0.2.2']);
    expect(nodes[0]).toMatchObject({ port: 2222, user: 'keystone', keystone: 'http://10.0.0.1:5000/v3' });
    expect(nodes[1]).toMatchObject({ port: 22, user: 'rotor' });
  });
});

describe('an inventory that can’t be right is an error that names source, place and remedy', () => {
  test.each([
    [
      'a group that is not there',
      'ctl1\n',
      {},
      /inventory\[0\] \(ansible .*hosts\): the group keystone is not there/,
    ],
    ['a group without hosts', '[keystone]\n', {}, /or has no hosts; correct `group`/],
    [
      'a host of two sites',
      '[a]\nx\n[b]\nx\n[keystone:children]\na\nb\n',
      {},
      /x is in a and b.*siteVariable/,
    ],
    ['a host without its site', '[keystone]\nx\n', { siteVariable: 'region' }, /x has no variable region/],
    ['a template', '[keystone]\nx ansible_host="{{ ip }}"\n', {}, /ansible_host of x is no plain text/],
    ['a field of no variable', '[keystone]\nx\n', { keystone: 'http://{api}:1/v3' }, /x has no variable api/],
    ['a wrong port', '[keystone]\nx ansible_port=99999\n', {}, /x\.port: expected at most 65535/],
  ])('%s', async (_, content, more, message) => {
    expect(await refusal([ansible(write(content), 'keystone', more)])).toMatch(message);
  });

  test('one file of a directory that Ansible can’t parse makes the inventory fail, and not smaller', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'inventory'));
    writeFileSync(join(directory, 'inventory/good'), '[keystone]\nctl1\n');
    writeFileSync(join(directory, 'inventory/bad'), '[keystone\nctl2 = : {\n');
    expect(await refusal([ansible(join(directory, 'inventory'), 'keystone')])).toMatch(/ended with \d/);
  });

  test('no Ansible', async () => {
    const source = {
      kind: 'ansible',
      path: 'hosts',
      group: 'keystone',
      program: '/nowhere/ansible-inventory',
    };
    expect(await refusal([source])).toContain("can't be run (ENOENT)");
  });
});
