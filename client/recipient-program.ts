import type { Command } from 'commander';
import type { NewOptions } from './commands/recipient.js';
import type { GlobalOptions, Io } from './output.js';

/** Adds a command with the options that all have. */
type Add = (parent: Command, name: string, description: string, example: string) => Command;

/** Loaded when it is needed: the library behind it takes longer to load than most answers to give. */
const commands = () => import('./commands/recipient.js');

/** `rotor recipient …` */
export function addRecipientCommands(
  program: Command,
  add: Add,
  io: Io,
  end: (exitCode: number) => void,
): void {
  const recipient = program
    .command('recipient')
    .description('key pairs of workers and pull nodes, and whose are approved');
  const fingerprint = '64 hex digits, as `rotor recipient show` prints them there';

  add(recipient, 'new', "make this machine's key pair", 'rotor recipient new ctl3')
    .argument(
      '<name>',
      "the node's name in the inventory, or any other for a worker that reaches nodes by SSH",
    )
    .option('--replace', 'in place of the one that is there')
    .action(async (name: string, options: NewOptions) =>
      end(await (await commands()).create(io, name, options)),
    );
  add(recipient, 'show', 'name and fingerprint of this machine', 'rotor recipient show').action(
    async (options: GlobalOptions) => end(await (await commands()).showOwn(io, options)),
  );
  add(recipient, 'list', 'whose keys are approved here', 'rotor recipient list').action(
    async (options: GlobalOptions) => end(await (await commands()).list(io, options)),
  );
  add(recipient, 'approve', 'accept a public key', 'rotor recipient approve ctl3 9f86d0…')
    .argument('<name>', 'as `rotor recipient show` prints it there')
    .argument('<fingerprint>', fingerprint)
    .option('--yes', 'never ask')
    .action(async (name: string, given: string, options: GlobalOptions) =>
      end(await (await commands()).approve(io, name, given, options)),
    );
  add(recipient, 'retire', 'take an approval back', 'rotor recipient retire ctl3')
    .argument('<name>', 'as `rotor recipient list` prints it')
    .option('--yes', 'never ask')
    .action(async (name: string, options: GlobalOptions) =>
      end(await (await commands()).retire(io, name, options)),
    );
}
