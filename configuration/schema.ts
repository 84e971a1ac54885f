/**
 * What `rotor.yaml` may say. An error text here completes the sentence "expected …"; `problems.ts` adds what was found
 * instead.
 */
import { z } from 'zod';
import { parseDuration } from '../core/duration.js';

const HOUR_MS = 3_600_000;
/** A reader needs a few milliseconds to list a directory and open its files; less than this is no pause at all. */
const MIN_PAUSE_MS = 10;
/** Staged, primary and one secondary: fewer files can't be rotated without losing the key of live tokens. */
const MIN_FILES = 3;

const DURATION_EXPECTED = 'a duration such as 90s, 25h, 1h30m or 7d';

/** An object that refuses fields that it does not know, each with a line of its own in the error text. */
function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => fieldExpected(key, known)).join('\n')
        : undefined,
  });
}

function fieldExpected(key: string, known: readonly string[]): string {
  const meant = known.find((field) => isClose(key.toLowerCase(), field.toLowerCase()));
  return meant === undefined
    ? `one of the fields ${known.join(', ')}`
    : `a known field (did you mean ${meant}?)`;
}

/** Two texts of which one is the other's beginning, or that differ by at most two letters changed, added or left out. */
function isClose(a: string, b: string): boolean {
  if (a.length >= 3 && (b.startsWith(a) || a.startsWith(b))) return true;
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const change = above[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(change, above[column]! + 1, current[column - 1]! + 1));
    }
    above = current;
  }
  return above[b.length]! <= Math.min(2, b.length / 3);
}

/** Text in the file, milliseconds in the program. */
function duration(description: string, minMs: number, minExpected: string) {
  return z
    .string({ error: DURATION_EXPECTED })
    .transform((text, context) => {
      const ms = durationOf(text);
      if (ms !== undefined && ms >= minMs) return ms;
      context.issues.push({
        code: 'custom',
        message: ms === undefined ? DURATION_EXPECTED : minExpected,
        input: text,
      });
      return z.NEVER;
    })
    .meta({ description: `${description} A duration such as 250ms, 90s, 25h, 1h30m, 7d or PT25H.` });
}

function durationOf(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}

const positiveDuration = (description: string) => duration(description, 1, 'a duration above zero');

function text(description: string) {
  return (
    z
      .string()
      // eslint-disable-next-line no-control-regex -- control characters would reach terminals and logs
      .regex(/^[^\s\u0000-\u001f\u007f]([^\u0000-\u001f\u007f]*[^\s\u0000-\u001f\u007f])?$/, {
        error: 'a text that is not empty, in one line, without spaces around it',
      })
      .max(255)
      .meta({ description })
  );
}

const path = (description: string) =>
  text(`${description} \`~\` is the home directory; a relative path starts at the folder of this file.`);

const port = z.int().min(1).max(65_535).default(22).meta({ description: 'Port of the sshd.' });

const temporal = section({
  address: text('host:port of the Temporal server.').optional(),
  namespace: text("Temporal's namespace.").optional(),
}).meta({
  description:
    'Where Temporal is. What is not said here comes from the environment and the TOML profile that its own tools read.',
});

const tokens = section({
  expiration: positiveDuration('keystone.conf [token] expiration.'),
  allowExpiredWindow: duration('keystone.conf [token] allow_expired_window.', 0, 'a duration'),
  maxActiveKeys: z.int().min(MIN_FILES).optional().meta({
    description:
      'keystone.conf [fernet_tokens] max_active_keys, the smallest of all nodes. When given, a rotation is refused that would leave a stray fernet_rotate something to purge.',
  }),
}).meta({ description: 'How long tokens live. Too little here loses the keys of live tokens.' });

const rotation = section({
  every: positiveDuration(
    'Time between two scheduled rotations. Default: expiration, allowExpiredWindow and margin together, in whole hours.',
  ).optional(),
  margin: duration('Added to every lifetime, for clocks that differ.', 0, 'a duration').prefault('5m'),
  pause: duration(
    'Between two file operations that one reader must not straddle.',
    MIN_PAUSE_MS,
    `a duration of at least ${MIN_PAUSE_MS}ms`,
  ).prefault('1s'),
  waitForNode: positiveDuration('How long a rotation waits for a node before it decides by itself.').prefault(
    '15m',
  ),
  maxFiles: z.int().min(MIN_FILES).default(50).meta({
    description:
      'Most key files that a rotation may leave on a node; Keystone opens each of them for every token.',
  }),
});

const worker = section({
  grace: duration(
    'How long a worker that is told to end may go on with what it has begun before it stops between two file operations.',
    0,
    'a duration',
  ).prefault('20s'),
});

const ssh = section({
  user: text('Account on the nodes.').default('rotor'),
  identityFile: path('Private key.').default('~/.ssh/id_ed25519'),
  knownHosts: path('Host keys of the nodes, as OpenSSH writes them.').default('~/.ssh/known_hosts'),
}).meta({ description: 'How every node is reached, unless it says otherwise.' });

const password = z
  .union(
    [
      section({ env: text('Name of the environment variable that holds it.') }),
      section({ file: path('File that holds it.') }),
    ],
    { error: '{ env: VARIABLE } or { file: PATH }' },
  )
  .meta({ description: 'Where the password is; it never stands here.' });

const keystone = section({
  username: text('Account that the live probe signs in with; it needs no right but that.'),
  password,
  project: text('Project to sign in for.'),
  userDomain: text('Name of the domain of the account.').default('Default'),
  projectDomain: text('Name of the domain of the project.').default('Default'),
}).meta({
  description: 'Turns the live probe on: every running Keystone is asked whether it has loaded a key.',
});

/** Names in certificates and of nodes alike. */
export const RECIPIENT_NAME = /^[A-Za-z0-9._-]{1,100}$/;

const recipients = z
  .record(
    z.string().regex(RECIPIENT_NAME, { error: 'a name of letters, digits, `.`, `_` and `-`' }),
    z.string({ error: 'a text' }).regex(/^[0-9a-f]{64}$/, {
      error: 'a fingerprint of 64 hex digits, as `rotor recipient show` prints it',
    }),
  )
  .meta({
    description:
      'Workers and pull nodes that keys are given to and taken from, and the SHA-256 of the public key of each. `rotor recipient approve` writes them.',
  });

const node = section({
  name: text('Name of the node, unlike any other in the fleet.'),
  address: text('Host name or IP address for SSH.').optional(),
  pull: z.literal(true, { error: 'true, or left out' }).optional().meta({
    description:
      'Nothing connects to this node: `rotor worker --node NAME` runs there and acts on its files. In place of `address`.',
  }),
  port,
  user: text('Account on this node. Default: that of `ssh`.').optional(),
  repository: text('Directory of the keys: keystone.conf [fernet_tokens] key_repository.')
    .regex(/^\//, { error: 'an absolute path' })
    .regex(/^(?!.*\/credential-keys\/?$)/, {
      error: 'a repository of token keys (those of credentials must never be rotated like these)',
    })
    .default('/etc/keystone/fernet-keys'),
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
}).superRefine(({ address, pull }, context) => {
  if ((address === undefined) !== (pull === undefined)) return;
  const message = address === undefined ? 'an address, or pull: true' : 'an address or pull: true, not both';
  context.addIssue({ code: 'custom', message, path: ['address'] });
});

const site = section({
  name: text('Name of the site, mostly a region.'),
  nodes: z.array(node).min(1),
});

const staticSource = section({
  kind: z.literal('static'),
  sites: z.array(site).min(1),
}).meta({ description: 'Sites and nodes listed here.' });

const inventory = z
  .array(
    z.discriminatedUnion('kind', [staticSource], {
      error: (issue) =>
        issue.code === 'invalid_union' ? 'the kind static (other kinds are not supported yet)' : undefined,
    }),
  )
  .min(1)
  .superRefine((sources, context) => {
    const sites = sources.flatMap((source, index) =>
      source.sites.map((entry, position) => ({ ...entry, at: [index, 'sites', position] })),
    );
    const nodes = sites.flatMap((parent) =>
      parent.nodes.map((entry, position) => ({ ...entry, at: [...parent.at, 'nodes', position] })),
    );
    for (const [what, entries] of [
      ['site', sites],
      ['node', nodes],
    ] as const) {
      for (const { at, first } of duplicatesOf(entries)) {
        const message = `a ${what} name of its own (the same stands at ${pathText(['inventory', ...first, 'name'])})`;
        context.addIssue({ code: 'custom', message, path: [...at, 'name'] });
      }
    }
  })
  .meta({ description: 'Every node of every site that may see a token.' });

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

/** A place in the file as a person writes it: `inventory[0].sites[1].name`. */
export function pathText(segments: readonly PropertyKey[]): string {
  return segments
    .map((segment) => (typeof segment === 'number' ? `[${segment}]` : `.${String(segment)}`))
    .join('')
    .replace(/^\./, '');
}

/** The whole file. Output: durations in milliseconds, every default filled in. */
export const configurationSchema = section({
  fleet: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/, { error: 'a name of letters, digits, `.`, `_` and `-`' })
    .max(100)
    .meta({
      description:
        'Name of the fleet: all nodes that share keys. Names its workflows, so it must not change.',
    }),
  temporal: temporal.prefault({}),
  tokens,
  rotation: rotation.prefault({}),
  worker: worker.prefault({}),
  ssh: ssh.prefault({}),
  keystone: keystone.optional(),
  recipients: recipients.prefault({}),
  inventory,
}).transform((settings) => ({
  ...settings,
  rotation: { ...settings.rotation, every: settings.rotation.every ?? defaultInterval(settings) },
}));

/** Rotating as rarely as this keeps the fewest keys: the last but one is out of use when the next one comes. */
function defaultInterval(settings: {
  tokens: z.output<typeof tokens>;
  rotation: z.output<typeof rotation>;
}): number {
  const lifetime = settings.tokens.expiration + settings.tokens.allowExpiredWindow + settings.rotation.margin;
  return Math.ceil(lifetime / HOUR_MS) * HOUR_MS;
}

export type Configuration = z.output<typeof configurationSchema>;
/** Where a password is, never what it is. */
export type PasswordSource = z.output<typeof password>;
