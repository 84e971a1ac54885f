import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kollaInventories } from '../../lab/tools.js';
import { FILES, ansible, list, refusal, shortly, temporaryDirectory } from './scene.js';

function write(content: string): string {
  const file = join(temporaryDirectory(), 'hosts');
  writeFileSync(file, content);
  return file;
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

  test('openstack-ansible’s dynamic script: addresses of containers, sites from a variable', async () => {
    const script = join(FILES, 'openstack-ansible.sh');
    const nodes = await list([ansible(script, 'keystone_all', { siteVariable: 'region' })]);
    expect(shortly(nodes)).toEqual([
      'infra1-keystone-container-0a1b2c3d RegionOne 172.29.236.101',
      'infra2-keystone-container-4e5f6a7b RegionTwo 172.29.240.101',
    ]);
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
