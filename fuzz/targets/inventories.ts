/** What sources of the inventory print, on its way to one fleet. */
import fc from 'fast-check';
import { ansibleListing } from '../../inventories/ansible.js';
import { catalogListing } from '../../inventories/catalog.js';
import { commandListing } from '../../inventories/command.js';
import { mergeListings } from '../../inventories/merge.js';
import { jsonIn } from '../../inventories/program.js';
import { InventoryError, type Listing } from '../../inventories/source.js';
import { staticSource } from '../../inventories/static.js';
import { jsonTexts } from '../inputs.js';
import { target, type Prepared } from '../target.js';

const isTyped = (error: unknown) => error instanceof InventoryError;

const SITES = {
  sites: [
    { name: 'one', nodes: [{ name: 'ctl1', address: '192.0.2.11', keystone: 'http://192.0.2.11:5000/v3' }] },
  ],
};

const ANSIBLE = {
  _meta: {
    hostvars: {
      ctl1: { ansible_host: '192.0.2.11', ansible_port: 22, region: 'one', ansible_user: 'kolla' },
      ctl2: { ansible_host: '192.0.2.12', region: 'two' },
    },
  },
  all: { children: ['keystone', 'ungrouped'] },
  keystone: { children: ['one', 'two'] },
  one: { hosts: ['ctl1'] },
  two: { hosts: ['ctl2'] },
};

/** The listing of a source, beside one that stands in the configuration. */
function listings(examples: readonly unknown[], listingOf: (printed: unknown) => Listing): Prepared<string> {
  const beside = staticSource(SITES, 'inventory[0] (static)');
  return {
    inputs: jsonTexts(examples),
    read: async (printed) => {
      const run = { label: 'inventory[1]', argv: ['list-nodes'] };
      const listing = listingOf(jsonIn(run, printed));
      mergeListings([
        { label: beside.label, ...(await beside.list()) },
        { label: run.label, ...listing },
      ]);
    },
    isTyped,
  };
}

const ANSIBLE_OPTIONS = [
  { repository: '/etc/kolla/{name}/keys', keystone: 'http://{address}:5000/v3' },
  { siteVariable: 'region', repository: '/{region}/keys' },
];

const ansible = target<readonly [string, number]>({
  name: 'ansible',
  reads: 'what ansible-inventory prints',
  costs: 2,
  prepare: () => {
    const each = ANSIBLE_OPTIONS.map((options) =>
      listings([ANSIBLE], (printed) =>
        ansibleListing(
          printed,
          { kind: 'ansible', path: 'hosts', group: 'keystone', ...options },
          'inventory[1]',
        ),
      ),
    );
    return {
      inputs: fc.tuple(each[0]!.inputs, fc.nat(each.length - 1)),
      read: ([printed, which]) => each[which]!.read(printed),
      isTyped,
    };
  },
});

const command = target<string>({
  name: 'command',
  reads: "what a program of the operator's prints",
  costs: 2,
  prepare: () => listings([SITES], (printed) => commandListing(printed, 'inventory[1]')),
});

const catalog = target<string>({
  name: 'catalog',
  reads: 'endpoints of the catalog',
  costs: 2,
  prepare: () =>
    listings(
      [
        [
          { region: 'one', url: 'http://192.0.2.11:5000' },
          { region: null, url: '' },
        ],
      ],
      (printed) => {
        // `identityEndpoints` gives a list of these whatever it was told; the target `keystone` is about that.
        const endpoints = (Array.isArray(printed) ? printed : [printed]).map((each) => {
          const { region, url } = (typeof each === 'object' && each !== null ? each : {}) as Record<
            string,
            unknown
          >;
          return {
            region: typeof region === 'string' ? region : null,
            url: typeof url === 'string' ? url : '',
          };
        });
        return catalogListing(
          endpoints,
          { kind: 'catalog', interface: 'internal', endpointsAreNodes: true },
          'inventory[1]',
        );
      },
    ),
});

export const inventoryTargets = [ansible, command, catalog];
