import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { ConfigurationError } from '../configuration/load.js';
import type { Answer } from '../core/rotation.js';
import { EXIT, UserError } from './errors.js';
import type { GlobalOptions, Io } from './output.js';
import { addRecipientCommands } from './recipient-program.js';

/** Loaded by the command that needs it: Temporal's SDK takes longer to load than most answers to give. */
const commands = {
  init: () => import('./commands/init.js'),
  rotate: () => import('./commands/rotate.js'),
  status: () => import('./commands/status.js'),
  verify: () => import('./commands/verify.js'),
  plan: () => import('./commands/plan.js'),
  reconcile: () => import('./commands/reconcile.js'),
  fence: () => import('./commands/fence.js'),
  revoke: () => import('./commands/revoke.js'),
  answer: () => import('./commands/answer.js'),
  schedule: () => import('./commands/schedule.js'),
  schema: () => import('../configuration/json-schema.js'),
  worker: () => import('./commands/worker.js'),
};

/** What an operator can say to an operation that runs or waits. */
const ANSWERS = [
  ['retry', 'look again at once at what is waited for'],
  ['pause', 'stop after the step that runs'],
  ['resume', 'go on after a pause'],
  ['abort', 'give up, and put back the old primary'],
] as const satisfies readonly (readonly [Answer, string])[];

/** What a command's function takes beside the terminal. */
type OptionsOf<Module extends keyof typeof commands, Name extends string> =
  Awaited<ReturnType<(typeof commands)[Module]>> extends Record<
    Name,
    (io: Io, options: infer Options) => unknown
  >
    ? Options
    : never;

/**
 * Runs one command.
 *
 * @param argv without the program's own name
 * @returns the exit code
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = commandTree(io, (code) => (exitCode = code));
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error, argv.includes('--json'), io);
  }
}

function commandTree(io: Io, end: (exitCode: number) => void): Command {
  const program = new Command('rotor')
    .description('rotates the Fernet keys of OpenStack Keystone on every node of every region')
    .version(version())
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .showHelpAfterError('(add --help for usage)');

  const add = (parent: Command, name: string, description: string, example: string) =>
    parent
      .command(name)
      .description(description)
      .option(
        '--config <file>',
        'configuration (default: $ROTOR_CONFIG, ./rotor.yaml, /etc/rotor/rotor.yaml)',
      )
      .option('--json', 'one JSON document on standard output, all else on standard error')
      .addHelpText('after', `\nExample:\n  ${example}`);

  add(program, 'init', 'write a commented rotor.yaml', 'rotor init')
    .option('--force', 'overwrite a file that exists')
    .action(async (options: OptionsOf<'init', 'init'>) =>
      end(await (await commands.init()).init(io, options)),
    );

  add(
    program,
    'worker',
    'run a worker until SIGTERM or SIGINT',
    'rotor worker --config /etc/rotor/rotor.yaml --metrics 9464',
  )
    .option(
      '--metrics <[host:]port>',
      'serve Prometheus metrics there; without a host for this machine alone',
    )
    .option('--node <name>', 'on the pull node of this name: acts on its own files, and reaches no other')
    .action(async (options: OptionsOf<'worker', 'worker'>) =>
      end(await (await commands.worker()).worker(io, options)),
    );

  add(program, 'rotate', 'start a rotation and follow it', "rotor rotate --reason 'before the audit'")
    .option('--reason <text>', 'why; stands in the history', 'by hand')
    .option('--no-wait', 'return as soon as it has started')
    .option('--yes', 'never ask')
    .action(async (options: OptionsOf<'rotate', 'rotate'>) =>
      end(await (await commands.rotate()).rotate(io, options)),
    );

  add(program, 'status', 'phase, who is waited for and why, next scheduled run', 'rotor status --watch')
    .option('--watch', 'once a second, until Ctrl-C')
    .action(async (options: OptionsOf<'status', 'status'>) =>
      end(await (await commands.status()).status(io, options)),
    );

  add(program, 'verify', 'look at every node now: are all equal and healthy?', 'rotor verify --json').action(
    async (options: GlobalOptions) => end(await (await commands.verify()).verify(io, options)),
  );

  add(
    program,
    'plan',
    'what a rotation would do now, step by step and when; changes nothing',
    'rotor plan --steps 20',
  )
    .option('--steps <n>', 'look this many steps ahead, over the next rotations (default: to the end of one)')
    .action(async (options: OptionsOf<'plan', 'plan'>) =>
      end(await (await commands.plan()).plan(io, options)),
    );

  add(program, 'reconcile', "bring nodes that differ to the fleet's keys", 'rotor reconcile --node ctl3')
    .option('--node <name>', 'repair this node only; others are brought keys that they lack')
    .option('--reason <text>', 'why; stands in the history', 'by hand')
    .option('--yes', 'never ask')
    .action(async (options: OptionsOf<'reconcile', 'reconcile'>) =>
      end(await (await commands.reconcile()).reconcile(io, options)),
    );

  add(program, 'fence', 'say that a node serves no traffic, so that nobody waits for it', 'rotor fence ctl3')
    .argument('<node>', 'its name in the inventory')
    .option('--yes', 'never ask')
    .action(async (node: string, options: GlobalOptions) =>
      end(await (await commands.fence()).fence(io, node, options)),
    );
  add(program, 'unfence', 'bring a node back, when it has every key', 'rotor unfence ctl3')
    .argument('<node>', 'its name in the inventory')
    .option('--yes', 'never ask')
    .action(async (node: string, options: GlobalOptions) =>
      end(await (await commands.fence()).unfence(io, node, options)),
    );

  for (const [name, description] of ANSWERS) {
    add(program, name, description, `rotor ${name}`)
      .option('--yes', 'never ask')
      .action(async (options: GlobalOptions) =>
        end(await (await commands.answer()).answer(io, name, options)),
      );
  }

  add(
    program,
    'revoke',
    'emergency: replace every key at once',
    "rotor revoke --reason 'ctl2 was broken into'",
  )
    .option('--reason <text>', 'why; stands in the history')
    .option('--yes', 'never ask')
    .action(async (options: OptionsOf<'revoke', 'revoke'>) =>
      end(await (await commands.revoke()).revoke(io, options)),
    );

  const schedule = program.command('schedule').description('the timer: a Temporal Schedule');
  add(
    schedule,
    'set',
    'create the timer, or change it in place',
    'rotor schedule set --every 25h --jitter 10m',
  )
    .option('--every <duration>', 'interval, from 1m up (default: rotation.every of the configuration)')
    .option('--cron <expression>', 'five fields, such as "30 3 * * mon"')
    .option('--calendar <days and time>', 'such as "mon,thu 03:30" or "daily 03:30"')
    .option('--jitter <duration>', 'start up to this much later, at random')
    .option('--timezone <name>', 'for --cron and --calendar (default: UTC)')
    .option('--yes', 'never ask')
    .action(async (options: OptionsOf<'schedule', 'set'>) =>
      end(await (await commands.schedule()).set(io, options)),
    );
  add(schedule, 'show', 'state and next runs', 'rotor schedule show').action(
    async (options: OptionsOf<'schedule', 'showSchedule'>) =>
      end(await (await commands.schedule()).showSchedule(io, options)),
  );
  add(schedule, 'pause', 'start nothing until resumed', "rotor schedule pause --note 'upgrade'")
    .option('--note <text>', 'why', 'paused by hand')
    .option('--yes', 'never ask')
    .action(async (options: OptionsOf<'schedule', 'pause'>) =>
      end(await (await commands.schedule()).pause(io, options)),
    );
  add(schedule, 'resume', 'start again as scheduled', 'rotor schedule resume')
    .option('--yes', 'never ask')
    .action(async (options: OptionsOf<'schedule', 'resume'>) =>
      end(await (await commands.schedule()).resume(io, options)),
    );
  add(schedule, 'trigger', 'start a run now, as the timer would', 'rotor schedule trigger')
    .option('--yes', 'never ask')
    .action(async (options: OptionsOf<'schedule', 'trigger'>) =>
      end(await (await commands.schedule()).trigger(io, options)),
    );
  add(schedule, 'remove', 'remove the timer', 'rotor schedule remove --yes')
    .option('--yes', 'never ask')
    .action(async (options: OptionsOf<'schedule', 'remove'>) =>
      end(await (await commands.schedule()).remove(io, options)),
    );

  addRecipientCommands(program, add, io, end);

  add(program, 'schema', "print the configuration's JSON Schema", 'rotor schema > rotor.schema.json').action(
    async () => {
      io.out(`${JSON.stringify((await commands.schema()).configurationJsonSchema(), null, 2)}\n`);
    },
  );
  inheritOutput(program);
  return program;
}

/** Commander copies these to commands that are added afterwards, but not to those of commands. */
function inheritOutput(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inheritOutput(command);
  }
}

function report(error: unknown, json: boolean, io: Io): number {
  // Commander has said what was wrong, or printed the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const [code, exitCode] =
    error instanceof UserError
      ? [error.code, error.exitCode]
      : error instanceof ConfigurationError
        ? ['configuration', EXIT.usage]
        : ['internal', EXIT.error];
  const message = error instanceof Error ? error.message : String(error);
  if (json) io.out(`${JSON.stringify({ error: { code, message } })}\n`);
  io.err(`rotor: ${message}\n`);
  if (process.env.ROTOR_DEBUG && error instanceof Error) io.err(`${error.stack}\n`);
  return exitCode;
}

function version(): string {
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
