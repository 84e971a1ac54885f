/** The commands as they are declared: the help, the man page and the shells' completions are made of it. */
import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { Answer } from '../core/rotation.js';
import type { HistoryOptions } from './commands/history.js';
import { changing, declare, listing } from './declaring.js';
import type { GlobalOptions, Io } from './output.js';
import { declareRecipients } from './recipient-program.js';
import { declareSchedule } from './schedule-program.js';

/** Loaded by the command that needs it: Temporal's SDK takes longer to load than most answers to give. */
const commands = {
  init: () => import('./commands/init.js'),
  rotate: () => import('./commands/rotate.js'),
  status: () => import('./commands/status.js'),
  verify: () => import('./commands/verify.js'),
  plan: () => import('./commands/plan.js'),
  doctor: () => import('./commands/doctor.js'),
  inventory: () => import('./commands/inventory.js'),
  history: () => import('./commands/history.js'),
  reconcile: () => import('./commands/reconcile.js'),
  fence: () => import('./commands/fence.js'),
  revoke: () => import('./commands/revoke.js'),
  answer: () => import('./commands/answer.js'),
  completion: () => import('./commands/completion.js'),
  schema: () => import('../configuration/json-schema.js'),
  worker: () => import('./commands/worker.js'),
  dashboard: () => import('./commands/dashboard.js'),
  codec: () => import('./commands/codec.js'),
};

/** What an operator can say to an operation that runs or waits. */
const ANSWERS = [
  ['retry', 'look again at once at what is waited for'],
  ['pause', 'stop after the step that runs'],
  ['resume', 'go on after a pause'],
  ['abort', 'give up, and put back the old primary'],
] as const satisfies readonly (readonly [Answer, string])[];

/** What a command's function takes beside the terminal. */
export type OptionsOf<
  Commands extends Record<string, () => Promise<unknown>>,
  Module extends keyof Commands,
  Name extends string,
> =
  Awaited<ReturnType<Commands[Module]>> extends Record<Name, (io: Io, options: infer Options) => unknown>
    ? Options
    : never;
type Options<Module extends keyof typeof commands, Name extends string = Module> = OptionsOf<
  typeof commands,
  Module,
  Name
>;

/** What a command's action needs of its surroundings. */
export interface Context {
  readonly io: Io;
  /** Takes the exit code. */
  readonly end: (exitCode: number) => void;
}

export function createProgram(context: Context): Command {
  const { io } = context;
  const program = new Command('rotor')
    .description('rotates the Fernet keys of OpenStack Keystone on every node of every region')
    .version(version())
    .exitOverride()
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      getOutHasColors: () => io.hasColours === true,
      getErrHasColors: () => io.hasColours === true,
    })
    .showHelpAfterError('(add --help for usage)')
    .addHelpText(
      'after',
      `\nExamples:
  rotor init                        # writes a commented rotor.yaml
  rotor plan                        # what a rotation would do; changes nothing
  rotor rotate --reason 'first'     # one rotation by hand
  rotor schedule set --every 73h    # and from now on by itself`,
    );
  declareSetUp(program, context);
  declareLooks(program, context);
  declareOperations(program, context);
  declareSchedule(program, context);
  declareRecipients(program, context);
  inheritOutput(program);
  return program;
}

function declareSetUp(program: Command, { io, end }: Context): void {
  declare(program, {
    name: 'init',
    description: 'write a commented rotor.yaml',
    examples: ['rotor init', 'rotor init --config /etc/rotor/rotor.yaml'],
  })
    .option('--force', 'overwrite a file that exists')
    .action(async (options: Options<'init'>) => end(await (await commands.init()).init(io, options)));
  declare(program, {
    name: 'worker',
    description: 'run a worker until SIGTERM or SIGINT',
    examples: [
      'rotor worker --config /etc/rotor/rotor.yaml --metrics 9464 --health 9465',
      'rotor worker --node ctl3',
      'rotor worker --site region-two',
    ],
  })
    .option(
      '--metrics <[host:]port>',
      'serve Prometheus metrics there; without a host for this machine alone',
    )
    .option('--health <[host:]port>', 'answer /livez and /readyz there, with 200 or 503')
    .option('--node <name>', 'on the pull node of this name: acts on its own files, and reaches no other')
    .addOption(
      new Option('--site <name>', 'for the nodes of a site that has workers of its own').conflicts('node'),
    )
    .action(async (options: Options<'worker'>) => end(await (await commands.worker()).worker(io, options)));
  declare(program, {
    name: 'codec',
    description: "decrypt what Temporal stores, for Temporal's UI and CLI, until SIGTERM or SIGINT",
    examples: [
      'rotor codec --ui-origin http://127.0.0.1:8233',
      'temporal workflow show -w rotation/production --codec-endpoint http://127.0.0.1:8234',
    ],
  })
    .option('--listen <[host:]port>', 'without a host for this machine alone', '8234')
    .option('--ui-origin <url>', "scheme, host and port of Temporal's UI; no other page may ask")
    .action(async (options: Options<'codec'>) => end(await (await commands.codec()).codec(io, options)));
  declare(program, {
    name: 'schema',
    description: "print the configuration's JSON Schema",
    examples: ['rotor schema > rotor.schema.json'],
  }).action(async () =>
    io.out(`${JSON.stringify((await commands.schema()).configurationJsonSchema(), null, 2)}\n`),
  );
  program
    .command('completion')
    .description('print what a shell needs to complete commands and options')
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText(
      'after',
      `\nExamples:
  rotor completion bash > /etc/bash_completion.d/rotor
  rotor completion zsh  > "\${fpath[1]}/_rotor"
  rotor completion fish > ~/.config/fish/completions/rotor.fish`,
    )
    .action(async (shell: string) => io.out((await commands.completion()).completion(program, shell)));
}

function declareLooks(program: Command, { io, end }: Context): void {
  listing(
    declare(program, {
      name: 'status',
      description: 'phase, who is waited for and why, keys and nodes as last seen, next scheduled run',
      examples: ['rotor status', 'rotor status --watch', 'rotor status -f value -c Node -c Waiting'],
    }),
  )
    .option('--watch', 'once a second, until Ctrl-C')
    .action(async (options: Options<'status'>) => end(await (await commands.status()).status(io, options)));
  declare(program, {
    name: 'dashboard',
    description:
      'serve the web page: fleet, history, key lives, schedule; read-only without a token, until SIGTERM or SIGINT',
    examples: [
      'rotor dashboard',
      'rotor dashboard --listen 8300 --base-path /rotor --host ops.example.com --user-header X-Forwarded-User',
    ],
  })
    .option('--listen <[host:]port>', 'where; without a host for this machine alone', '127.0.0.1:8300')
    .option(
      '--stale-after <duration>',
      'how long a look at the nodes counts as known; default: twice `verify.every`',
    )
    .option('--base-path <path>', 'the path under which a reverse proxy serves it')
    .option('--host <name...>', 'a name under which it is asked for, beside addresses and localhost')
    .option('--user-header <name>', 'the header in which a trusted reverse proxy says who has signed in')
    .option(
      '--write-token-file <file>',
      'lets whoever knows its token retry, pause, resume, abort and rotate from the page',
    )
    .action(async (options: Options<'dashboard'>) =>
      end(await (await commands.dashboard()).dashboard(io, options)),
    );
  listing(
    declare(program, {
      name: 'verify',
      description: 'look at every node now: are all equal and healthy?',
      examples: ['rotor verify', 'rotor verify --json', 'rotor verify -f csv --sort-column Fingerprint'],
    }),
  ).action(async (options: Options<'verify'>) => end(await (await commands.verify()).verify(io, options)));
  listing(
    declare(program, {
      name: 'doctor',
      description: 'everything that would make a rotation fail or unsafe, and what to do; changes no key',
      examples: ['rotor doctor', 'rotor doctor --json', 'rotor doctor -f table -c Severity -c Code -c Node'],
    }),
  ).action(async (options: Options<'doctor'>) => end(await (await commands.doctor()).doctor(io, options)));
  listing(
    declare(program, {
      name: 'inventory',
      description: 'the nodes that the sources of the inventory list now',
      examples: ['rotor inventory', 'rotor inventory --accept'],
    }),
  )
    .option('--accept', 'it is right, though it lost nodes, or doubled')
    .option('--yes', 'never ask')
    .action(async (options: Options<'inventory'>) =>
      end(await (await commands.inventory()).inventory(io, options)),
    );
  listing(
    declare(program, {
      name: 'plan',
      description: 'what a rotation would do now, step by step and when; changes nothing',
      examples: ['rotor plan', 'rotor plan --steps 20', 'rotor plan -f table -c Time -c Phase -c Reason'],
    }),
  )
    .option('--steps <n>', 'look this many steps ahead, over the next rotations (default: to the end of one)')
    .action(async (options: Options<'plan'>) => end(await (await commands.plan()).plan(io, options)));
  listing(
    declare(program, {
      name: 'history',
      description: 'past operations; one of them with its steps, and why it failed',
      examples: ['rotor history', 'rotor history last', 'rotor history 01a20df4-30b5-70f9-9c27-977ce0077826'],
    }),
  )
    .argument('[run]', 'a run ID, its beginning, or `last`')
    .option('--limit <n>', 'most operations to list', '20')
    .action(async (run: string | undefined, options: HistoryOptions) =>
      end(await (await commands.history()).history(io, { ...options, run })),
    );
}

function declareOperations(program: Command, { io, end }: Context): void {
  following(
    declare(program, {
      name: 'rotate',
      description: 'start a rotation and follow it',
      examples: ["rotor rotate --reason 'before the audit'", 'rotor rotate --timeout 10m --json'],
    }),
  ).action(async (options: Options<'rotate'>) => end(await (await commands.rotate()).rotate(io, options)));
  following(
    declare(program, {
      name: 'reconcile',
      description: "bring nodes that differ to the fleet's keys",
      examples: ['rotor reconcile', 'rotor reconcile --node ctl3 --yes'],
    }),
  )
    .option('--node <name>', 'repair this node only; others are brought keys that they lack')
    .action(async (options: Options<'reconcile'>) =>
      end(await (await commands.reconcile()).reconcile(io, options)),
    );
  changing(
    declare(program, {
      name: 'fence',
      description: 'say that a node serves no traffic, so that nobody waits for it',
      examples: ['rotor fence ctl3'],
    }),
  )
    .argument('<node>', 'its name in the inventory')
    .action(async (node: string, options: GlobalOptions) =>
      end(await (await commands.fence()).fence(io, node, options)),
    );
  changing(
    declare(program, {
      name: 'unfence',
      description: 'bring a node back, when it has every key',
      examples: ['rotor unfence ctl3'],
    }),
  )
    .argument('<node>', 'its name in the inventory')
    .action(async (node: string, options: GlobalOptions) =>
      end(await (await commands.fence()).unfence(io, node, options)),
    );
  for (const [name, description] of ANSWERS) {
    changing(declare(program, { name, description, examples: [`rotor ${name}`] })).action(
      async (options: GlobalOptions) => end(await (await commands.answer()).answer(io, name, options)),
    );
  }
  changing(
    declare(program, {
      name: 'revoke',
      description: 'emergency: replace every key at once',
      examples: ["rotor revoke --reason 'ctl2 was broken into'"],
    }),
  )
    .option('--reason <text>', 'why; stands in the history')
    .action(async (options: Options<'revoke'>) => end(await (await commands.revoke()).revoke(io, options)));
}

/** An operation that is started and followed. */
function following(command: Command): Command {
  return changing(command)
    .option('--reason <text>', 'why; stands in the history', 'by hand')
    .option('--no-wait', 'return as soon as it has started')
    .option('--timeout <duration>', 'stop following after this long; it goes on by itself (exit code 124)');
}

/** Commander copies these to commands that are added afterwards, but not to those of commands. */
function inheritOutput(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inheritOutput(command);
  }
}

export function version(): string {
  // Beside the compiled code, or beside the sources.
  for (const place of ['../../package.json', '../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as { version: string })
        .version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}
