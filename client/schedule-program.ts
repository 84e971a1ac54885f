/** `rotor schedule …` as it is declared. */
import type { Command } from 'commander';
import { changing, declare, listing } from './declaring.js';
import type { Context, OptionsOf } from './program.js';

const commands = { schedule: () => import('./commands/schedule.js') };
type Options<Name extends string> = OptionsOf<typeof commands, 'schedule', Name>;

export function declareSchedule(program: Command, { io, end }: Context): void {
  const schedule = program.command('schedule').description('the timer: a Temporal Schedule');
  listing(
    changing(
      declare(schedule, {
        name: 'set',
        description:
          'create the timer, or change it in place; says what the interval means for keys and tokens',
        examples: [
          'rotor schedule set                                  # rotation.every of the configuration',
          'rotor schedule set --every 24h30m --jitter 10m',
          "rotor schedule set --calendar 'mon,thu 03:30' --timezone Europe/Berlin",
          "rotor schedule set --cron '30 3 * * mon' --timezone Europe/Berlin",
        ],
      }),
    ),
  )
    .option('--every <duration>', 'interval, from 1m up (default: rotation.every of the configuration)')
    .option('--cron <expression>', 'five fields, such as "30 3 * * mon"')
    .option('--calendar <days and time>', 'such as "mon,thu 03:30" or "daily 03:30"')
    .option('--jitter <duration>', 'start up to this much later, at random')
    .option('--timezone <name>', 'for --cron and --calendar (default: UTC)')
    .action(async (options: Options<'set'>) => end(await (await commands.schedule()).set(io, options)));
  listing(
    declare(schedule, {
      name: 'show',
      description: 'its state, and the next ten runs in UTC and local time',
      examples: ['rotor schedule show', 'rotor schedule show -f csv -c UTC'],
    }),
  ).action(async (options: Options<'showSchedule'>) =>
    end(await (await commands.schedule()).showSchedule(io, options)),
  );
  changing(
    declare(schedule, {
      name: 'pause',
      description: 'start nothing until resumed',
      examples: ["rotor schedule pause --note 'upgrade to 2026.2'"],
    }),
  )
    .option('--note <text>', 'why', 'paused by hand')
    .action(async (options: Options<'pause'>) => end(await (await commands.schedule()).pause(io, options)));
  changing(
    declare(schedule, {
      name: 'resume',
      description: 'start again as scheduled',
      examples: ['rotor schedule resume'],
    }),
  ).action(async (options: Options<'resume'>) => end(await (await commands.schedule()).resume(io, options)));
  changing(
    declare(schedule, {
      name: 'trigger',
      description: 'start a run now, as the timer would',
      examples: ['rotor schedule trigger'],
    }),
  ).action(async (options: Options<'trigger'>) =>
    end(await (await commands.schedule()).trigger(io, options)),
  );
  changing(
    declare(schedule, {
      name: 'remove',
      description: 'remove the timer; keys no longer rotate by themselves',
      examples: ['rotor schedule remove --yes'],
    }),
  ).action(async (options: Options<'remove'>) => end(await (await commands.schedule()).remove(io, options)));
}
