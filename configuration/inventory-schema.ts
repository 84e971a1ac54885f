/** The part of `rotor.yaml` that says where the nodes are listed: one or more sources. */
import { z } from 'zod';
import { path, pathText, section, text } from './fields.js';
import { proxyJump } from './proxy-jump.js';

const ABSOLUTE = { error: 'an absolute path' };

export const absoluteNodePath = (description: string) => text(description).regex(/^\//, ABSOLUTE);

const repository = absoluteNodePath('Directory of the keys: keystone.conf [fernet_tokens] key_repository.')
  .regex(/^(?!.*\/credential-keys\/?$)/, {
    error: 'a repository of token keys (those of credentials must never be rotated like these)',
  })
  .optional()
  .meta({ default: '/etc/keystone/fernet-keys' });

const port = z.int().min(1).max(65_535).optional().meta({ description: 'Port of the sshd.', default: 22 });

const user = text('Account on the node. Default: that of `ssh`.').optional();

const keystoneConf = absoluteNodePath(
  "Keystone's own configuration on the node, to be read for its lifetimes. Default: that of the top level.",
).optional();

/** One node as a source lists it; what it leaves out another source may add, and else a default stands for. */
export const nodeSchema = section({
  name: text('Name of the node, unlike any other in the fleet.'),
  address: text('Host name or IP address for SSH.').optional(),
  pull: z.literal(true, { error: 'true, or left out' }).optional().meta({
    description:
      'Nothing connects to this node: `rotor worker --node NAME` runs there and acts on its files. In place of `address`.',
  }),
  port,
  user,
  proxyJump: proxyJump.optional(),
  repository,
  keystone: z
    .string()
    .regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#@]*)?\/v3\/?$/, {
      error: 'a URL such as http://192.0.2.11:5000/v3',
    })
    .transform((url) => url.replace(/\/$/, ''))
    .optional()
    .meta({
      description:
        'Identity API of this very node, not of a load balancer, with its version. For the live probe.',
    }),
  keystoneConf,
}).superRefine(({ address, pull }, context) => {
  if ((address === undefined) !== (pull === undefined)) return;
  const message = address === undefined ? 'an address, or pull: true' : 'an address or pull: true, not both';
  context.addIssue({ code: 'custom', message, path: ['address'] });
});

const sites = z
  .array(
    section({
      name: text('Name of the site, mostly a region.'),
      proxyJump: proxyJump.optional(),
      nodes: z.array(nodeSchema).min(1),
    }),
  )
  .min(1)
  .superRefine((list, context) => {
    const named = list.map((site, index) => ({ ...site, at: [index] }));
    const nodes = named.flatMap((site) =>
      site.nodes.map((entry, position) => ({ ...entry, at: [...site.at, 'nodes', position] })),
    );
    for (const [what, entries] of [
      ['site', named],
      ['node', nodes],
    ] as const) {
      for (const { at, first } of duplicatesOf(entries)) {
        const message = `a ${what} name of its own (the same stands at ${pathText(['sites', ...first, 'name'])})`;
        context.addIssue({ code: 'custom', message, path: [...at, 'name'] });
      }
    }
  });

interface Named {
  readonly name: string;
  readonly at: readonly (string | number)[];
}

function duplicatesOf(entries: readonly Named[]) {
  const firsts = new Map<string, Named['at']>();
  return entries.flatMap(({ name, at }) => {
    const first = firsts.get(name);
    if (first) return [{ at, first }];
    firsts.set(name, at);
    return [];
  });
}

/** What a command prints, and what `static` lists. */
export const sitesSchema = section({ sites });

const staticSource = section({ kind: z.literal('static'), sites }).meta({
  description: 'Sites and nodes listed here.',
});

const template = (description: string) =>
  text(
    `${description} {name}, {address}, {site} and host variables such as {region} stand for the host's own.`,
  );

const ansibleSource = section({
  kind: z.literal('ansible'),
  path: path('An inventory as Ansible takes it: a file, a directory, or a script.'),
  group: text('The group whose hosts are the nodes.'),
  siteVariable: text(
    'The host variable that names the site. Default: the child of the group that the host is in.',
  ).optional(),
  program: path('The program `ansible-inventory`, where it is not on the path.').optional(),
  repository: template("Directory of the keys, such as that of kolla's volume.").optional(),
  keystone: template('Identity API of the host, such as http://{address}:5000/v3.').optional(),
  keystoneConf,
}).meta({ description: 'Hosts of a group, as `ansible-inventory --list` lists them.' });

const catalogSource = section({
  kind: z.literal('catalog'),
  cloud: text(
    'A name in clouds.yaml. Default: that of `keystone`, or as the `openstack` command finds it.',
  ).optional(),
  interface: z
    .enum(['public', 'internal', 'admin'], { error: 'public, internal or admin' })
    .default('internal'),
  endpointsAreNodes: z.boolean({ error: 'true or false' }).default(false).meta({
    description:
      'Each endpoint is a node of its own. An endpoint mostly is a load balancer; then the catalog only checks that no region is missing.',
  }),
  user,
  repository,
  keystoneConf,
}).meta({ description: "Keystone's own list of identity endpoints; its regions are sites." });

const commandSource = section({
  kind: z.literal('command'),
  argv: z.array(text('A program and its arguments; no shell reads them.')).min(1),
  environment: z
    .array(text('Name of a variable of the worker that the program may see.'))
    .default([])
    .meta({ description: 'Beside PATH, HOME, TMPDIR, LANG and TZ, the program sees these variables only.' }),
}).meta({ description: 'A program that prints { "sites": [...] } as JSON, as `static` has it.' });

const KINDS = 'static, ansible, catalog or command';

export const inventory = z
  .array(
    z.discriminatedUnion('kind', [staticSource, ansibleSource, catalogSource, commandSource], {
      error: (issue) => (issue.code === 'invalid_union' ? `the kind ${KINDS}` : undefined),
    }),
  )
  .min(1)
  .meta({
    description: 'Where the nodes of every site are listed. Sources are merged by the names of nodes.',
  });

export type InventorySource = z.output<typeof inventory>[number];
export type SourceOf<Kind extends InventorySource['kind']> = Extract<InventorySource, { kind: Kind }>;
