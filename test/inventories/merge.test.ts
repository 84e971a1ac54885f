import { describe, expect, test } from 'vitest';
import { list, refusal, shortly } from './scene.js';

const source = (site: string, ...nodes: object[]) => ({ kind: 'static', sites: [{ name: site, nodes }] });
const ctl1 = { name: 'ctl1', address: '192.0.2.1' };

describe('several sources', () => {
  test('are merged by the names of nodes: what one leaves out another adds', async () => {
    const nodes = await list([
      source('one', ctl1),
      source('one', { ...ctl1, port: 2222, keystone: 'http://192.0.2.1:5000/v3' }),
      source('two', { name: 'ctl2', address: '192.0.2.2' }),
    ]);
    expect(shortly(nodes)).toEqual(['ctl1 one 192.0.2.1', 'ctl2 two 192.0.2.2']);
    expect(nodes[0]).toMatchObject({ port: 2222, keystone: 'http://192.0.2.1:5000/v3' });
  });

  test.each([
    [
      'an address',
      source('one', { ...ctl1, address: '192.0.2.9' }),
      'address is 192.0.2.1 there and 192.0.2.9 here',
    ],
    ['a site', source('two', ctl1), 'site is one there and two here'],
  ])('that disagree about %s are named', async (_, other, message) => {
    const refused = await refusal([source('one', ctl1), other]);
    expect(refused).toContain('inventory[0] (static) and inventory[1] (static) disagree about ctl1');
    expect(refused).toContain(message);
  });

  test('that list one repository under two names are refused', async () => {
    expect(await refusal([source('one', ctl1, { ...ctl1, name: 'ctl2' })])).toContain(
      'ctl1 and ctl2 are the same repository',
    );
  });

  test('of which one fails are an error, and never a smaller fleet', async () => {
    expect(await refusal([source('one', ctl1), { kind: 'command', argv: ['/bin/false'] }])).toContain(
      'inventory[1] (command /bin/false)',
    );
  });
});

test('what a node leaves out is that of the whole fleet, or a default', async () => {
  const [node] = await list([source('one', ctl1)], { keystoneConf: '/etc/keystone/keystone.conf' });
  expect(node).toEqual({
    ...ctl1,
    site: 'one',
    port: 22,
    user: 'rotor',
    repository: '/etc/keystone/fernet-keys',
    keystoneConf: '/etc/keystone/keystone.conf',
  });
});
