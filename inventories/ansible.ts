/** Hosts of a group, as Ansible itself lists them: whatever it can read, files, directories, plugins and scripts. */
import { z } from 'zod';
import type { SourceOf } from '../configuration/inventory-schema.js';
import { runForJson } from './program.js';
import {
  checked,
  checkedNode,
  InventoryError,
  type ListedNode,
  type Listing,
  type Source,
} from './source.js';

/** A file that Ansible can't parse is a warning to it, and would be a smaller fleet to us. */
const STRICT = {
  ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: 'true',
  ANSIBLE_INVENTORY_UNPARSED_FAILED: 'true',
};

const groupSchema = z.looseObject({
  hosts: z.array(z.string()).default([]),
  children: z.array(z.string()).default([]),
});
const listSchema = z
  .looseObject({
    _meta: z.looseObject({ hostvars: z.record(z.string(), z.record(z.string(), z.unknown())) }),
  })
  .catchall(groupSchema);

type Inventory = z.output<typeof listSchema>;
type Variables = Readonly<Record<string, unknown>>;

export function ansibleSource(options: SourceOf<'ansible'>, label: string, folder: string): Source {
  return {
    label,
    list: async () => {
      const environment = Object.keys(process.env).filter((name) => name.startsWith('ANSIBLE_'));
      const argv = [options.program ?? 'ansible-inventory', '-i', options.path, '--list'];
      const printed = await runForJson({ label, argv, environment, settings: STRICT, folder });
      return ansibleListing(printed, options, label);
    },
  };
}

/**
 * @param printed what `ansible-inventory --list` printed
 * @throws InventoryError
 */
export function ansibleListing(printed: unknown, options: SourceOf<'ansible'>, label: string): Listing {
  return { nodes: nodesOf(checked(listSchema, printed, label), options, label) };
}

function nodesOf(inventory: Inventory, options: SourceOf<'ansible'>, label: string): ListedNode[] {
  const { group } = options;
  const hosts = [...hostsBelow(inventory, group)];
  if (hosts.length > 0) return hosts.map((host) => nodeOf(inventory, options, label, host));
  throw new InventoryError(
    `${label}: the group ${group} is not there, or has no hosts; correct \`group\` or the inventory`,
  );
}

/** Ansible forbids groups that contain each other; a script's output may have them all the same. */
function hostsBelow(inventory: Inventory, group: string, seen = new Set<string>()): Set<string> {
  const found = new Set<string>();
  if (seen.has(group) || group === '_meta') return found;
  seen.add(group);
  const { hosts, children } = groupOf(inventory, group);
  for (const host of hosts) found.add(host);
  for (const child of children) for (const host of hostsBelow(inventory, child, seen)) found.add(host);
  return found;
}

/** Names are anybody's, also `constructor`. */
function groupOf(inventory: Inventory, group: string) {
  return Object.hasOwn(inventory, group) ? inventory[group]! : { hosts: [], children: [] };
}

function nodeOf(inventory: Inventory, options: SourceOf<'ansible'>, label: string, host: string): ListedNode {
  const { hostvars } = inventory._meta;
  const variables = Object.hasOwn(hostvars, host) ? hostvars[host]! : {};
  const variable = (...names: string[]) => plain(variables, names, host, label);
  const address = variable('ansible_host', 'ansible_ssh_host') ?? host;
  const site =
    options.siteVariable === undefined
      ? siteByGroup(inventory, options.group, host, label)
      : variable(options.siteVariable);
  if (site === undefined) {
    throw new InventoryError(
      `${label}: ${host} has no variable ${options.siteVariable}, which is to name its site; set it, or take \`siteVariable\` away`,
    );
  }
  const port = variable('ansible_port', 'ansible_ssh_port');
  const known = { ...variables, name: host, address, site };
  const filled = (template: string | undefined) =>
    template === undefined ? undefined : fill(template, known, host, label);
  const node = {
    name: host,
    address,
    port: port === undefined ? undefined : Number(port),
    user: variable('ansible_user', 'ansible_ssh_user'),
    repository: filled(options.repository),
    keystone: filled(options.keystone),
    keystoneConf: options.keystoneConf,
  };
  return checkedNode(node, site, label);
}

/** The child of the group through which the host is in it; the group itself where there is none. */
function siteByGroup(inventory: Inventory, group: string, host: string, label: string): string {
  const { children } = groupOf(inventory, group);
  const sites = children.filter((child) => hostsBelow(inventory, child).has(host));
  if (sites.length <= 1) return sites[0] ?? group;
  throw new InventoryError(
    `${label}: ${host} is in ${sites.join(' and ')}, so its site is not clear; name it by a host variable and \`siteVariable\``,
  );
}

/** The first of these variables that is set. `ansible-inventory` leaves templates as they are. */
function plain(
  variables: Variables,
  names: readonly string[],
  host: string,
  label: string,
): string | undefined {
  const isSet = (each: string) => Object.hasOwn(variables, each) && variables[each] !== null;
  const name = names.find((each) => isSet(each) && variables[each] !== undefined);
  if (name === undefined) return undefined;
  const value = variables[name];
  if ((typeof value === 'string' && !value.includes('{{')) || typeof value === 'number') return `${value}`;
  throw new InventoryError(
    `${label}: ${name} of ${host} is no plain text (ansible-inventory does not fill templates in); set it to one`,
  );
}

function fill(template: string, variables: Variables, host: string, label: string): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = plain(variables, [name], host, label);
    if (value !== undefined) return value;
    throw new InventoryError(`${label}: ${host} has no variable ${name}, which a field of the source names`);
  });
}
