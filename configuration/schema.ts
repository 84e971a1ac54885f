/**
 * What `rotor.yaml` may say. An error text here completes the sentence "expected …"; `problems.ts` adds what was found
 * instead.
 */
import { z } from 'zod';
import { NOTICE_EVENTS } from '../core/notice.js';
import { duration, path, positiveDuration, section, text } from './fields.js';
import { absoluteNodePath, inventory } from './inventory-schema.js';
import { proxyJump } from './proxy-jump.js';

const HOUR_MS = 3_600_000;
/** A reader needs a few milliseconds to list a directory and open its files; less than this is no pause at all. */
const MIN_PAUSE_MS = 10;
/** Staged, primary and one secondary: fewer files can't be rotated without losing the key of live tokens. */
const MIN_FILES = 3;

/** Enough to keep one to each node of a large fleet over the steps of a rotation. */
const DEFAULT_CONNECTIONS = 4000;

const SECRET_EXPECTED = '{ env: VARIABLE } or { file: PATH }';

const secretSource = (what: string) =>
  z
    .union(
      [
        section({ env: text('Name of the environment variable that holds it.') }),
        section({ file: path('File that holds it.') }),
      ],
      { error: SECRET_EXPECTED },
    )
    .meta({ description: `Where ${what} is; it never stands here.` });

/** Names in certificates, of nodes, keys and webhooks alike. */
export const RECIPIENT_NAME = /^[A-Za-z0-9._-]{1,100}$/;
const NAME_EXPECTED = { error: 'a name of letters, digits, `.`, `_` and `-`' };

/** Refuses entries of a list that have the same in one field as one above them. */
function unique<Field extends string>(field: Field, messageOf: (value: string) => string) {
  return (entries: readonly Readonly<Record<Field, string>>[], context: z.core.$RefinementCtx) => {
    entries.forEach(({ [field]: value }, index) => {
      if (entries.findIndex((entry) => entry[field] === value) === index) return;
      context.addIssue({ code: 'custom', message: messageOf(value), path: [index, field] });
    });
  };
}

const encryption = section({
  keys: z
    .array(
      section({
        id: z.string().regex(RECIPIENT_NAME, NAME_EXPECTED).meta({
          description: 'Its name, which stands beside what it encrypts; never given to another secret.',
        }),
        secret: secretSource('the key, 32 bytes in base64,'),
      }),
    )
    .min(1)
    .superRefine(unique('id', () => 'a name of its own (the same stands above it)'))
    .meta({ description: 'The first one encrypts, all decrypt.' }),
}).meta({
  description:
    'Encrypts everything that Temporal stores of this fleet but names of workflows. What is plain is refused then.',
});

const temporal = section({
  address: text('host:port of the Temporal server.').optional(),
  namespace: text("Temporal's namespace.").optional(),
  encryption: encryption.optional(),
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

const verify = section({
  every: duration(
    'Time between two looks at every node that the timer makes by itself, to find drift between rotations.',
    60_000,
    'a duration of at least 1m',
  ).prefault('1h'),
});

const worker = section({
  grace: duration(
    'How long a worker that is told to end may go on with what it has begun before it stops between two file operations.',
    0,
    'a duration',
  ).prefault('20s'),
  connections: z.int({ error: 'a whole number' }).min(1).default(DEFAULT_CONNECTIONS).meta({
    description:
      'Most SSH connections that one worker holds at a time; one takes about 0.25 MB of its memory.',
  }),
});

const sites = z
  .record(
    z.string(),
    section({
      ownWorkers: z.boolean({ error: 'true or false' }).default(false).meta({
        description:
          'Only workers that run as `rotor worker --site NAME` connect to its nodes; keys go there and back in envelopes.',
      }),
      atOnce: z.int({ error: 'a whole number' }).min(1).optional().meta({
        description:
          'Most of its nodes that one worker visits at a time, for a slow line. Default: no limit.',
      }),
    }),
  )
  .meta({ description: 'What is special about some sites, by name.' });

const ssh = section({
  user: text('Account on the nodes.').default('rotor'),
  identityFile: path('Private key.').default('~/.ssh/id_ed25519'),
  knownHosts: path('Host keys of the nodes, as OpenSSH writes them.').default('~/.ssh/known_hosts'),
  proxyJump: proxyJump.optional(),
}).meta({ description: 'How every node is reached, unless it says otherwise.' });

const webhook = section({
  name: z
    .string()
    .regex(RECIPIENT_NAME, NAME_EXPECTED)
    .meta({ description: 'What this webhook is called in logs and in Temporal.' }),
  url: z
    .union([z.url({ protocol: /^https?$/ }), secretSource('the address')], {
      error: `an http or https address, ${SECRET_EXPECTED}`,
    })
    .meta({ description: 'Address that is sent a POST for each event.' }),
  events: z
    .array(z.enum(NOTICE_EVENTS, { error: NOTICE_EVENTS.join(', ') }))
    .min(1)
    .default([...NOTICE_EVENTS])
    .meta({ description: 'Which events. Default: all.' }),
  secret: secretSource(
    'the secret that each body is signed with (HMAC SHA-256, in X-Rotor-Signature)',
  ).optional(),
});

const notifications = z
  .array(webhook)
  .superRefine(unique('name', (name) => `a name of its own, for ${name} is there already`))
  .meta({ description: 'Webhooks that are told what happens to the fleet.' });

const account = section({
  cloud: text('A name in clouds.yaml, in place of all others here.').optional(),
  username: text('Account that the live probe signs in with; it needs no right but that.').optional(),
  password: secretSource('the password').optional(),
  project: text('Project to sign in for.').optional(),
  userDomain: text('Name of the domain of the account.').default('Default'),
  projectDomain: text('Name of the domain of the project.').default('Default'),
});

const recipients = z
  .record(
    z.string().regex(RECIPIENT_NAME, NAME_EXPECTED),
    z.string({ error: 'a text' }).regex(/^[0-9a-f]{64}$/, {
      error: 'a fingerprint of 64 hex digits, as `rotor recipient show` prints it',
    }),
  )
  .meta({
    description:
      'Workers and pull nodes that keys are given to and taken from, and the SHA-256 of the public key of each. `rotor recipient approve` writes them.',
  });

const recipientAuthority = section({
  certificates: path(
    'File with the certificates (PEM) of the CAs that sign workers and pull nodes, those that issue by themselves.',
  ),
  retired: z.array(z.string().regex(RECIPIENT_NAME, NAME_EXPECTED)).default([]).meta({
    description: 'Names that no certificate makes acceptable any more. `rotor recipient retire` writes them.',
  }),
}).meta({
  description:
    'Accepts workers and pull nodes that a CA has signed, beside those in `recipients`; a name that stands there is accepted with that key only.',
});

const REQUIRED = { username: 'a text', password: SECRET_EXPECTED, project: 'a text' } as const;

/** An account stands either here or in clouds.yaml. */
const keystone = account
  .superRefine((section, context) => {
    for (const [field, expected] of Object.entries(REQUIRED)) {
      const isGiven = section[field as keyof typeof REQUIRED] !== undefined;
      if (isGiven === (section.cloud === undefined)) continue;
      const message = isGiven ? 'nothing beside cloud, whose account stands in clouds.yaml' : expected;
      context.addIssue({ code: 'custom', message, path: [field] });
    }
  })
  .transform(({ cloud, ...rest }) => (cloud === undefined ? (rest as Required<typeof rest>) : { cloud }))
  .meta({
    description: 'Turns the live probe on: every running Keystone is asked whether it has loaded a key.',
  });

/** The whole file. Output: durations in milliseconds, every default filled in. */
export const configurationSchema = section({
  fleet: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/, NAME_EXPECTED)
    .max(100)
    .meta({
      description:
        'Name of the fleet: all nodes that share keys. Names its workflows, so it must not change.',
    }),
  temporal: temporal.prefault({}),
  tokens,
  rotation: rotation.prefault({}),
  verify: verify.prefault({}),
  worker: worker.prefault({}),
  notifications: notifications.prefault([]),
  ssh: ssh.prefault({}),
  keystone: keystone.optional(),
  keystoneConf: absoluteNodePath(
    "Keystone's own configuration on every node, to be read for its lifetimes and max_active_keys: the longest and the smallest count.",
  ).optional(),
  recipients: recipients.prefault({}),
  recipientAuthority: recipientAuthority.optional(),
  sites: sites.prefault({}),
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
/** Where a secret is, never what it is. */
export type SecretSource = z.output<ReturnType<typeof secretSource>>;
export type WebhookSettings = z.output<typeof webhook>;
