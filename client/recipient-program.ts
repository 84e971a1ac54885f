/** `rotor recipient …` as it is declared. */
import type { Command } from 'commander';
import { changing, declare, listing } from './declaring.js';
import type { GlobalOptions } from './output.js';
import type { Context, OptionsOf } from './program.js';

const commands = { recipient: () => import('./commands/recipient.js') };
type Options<Name extends string> = OptionsOf<typeof commands, 'recipient', Name>;

export function declareRecipients(program: Command, { io, end }: Context): void {
  const recipient = program
    .command('recipient')
    .description('key pairs of workers and pull nodes, and whose are approved');
  declare(recipient, {
    name: 'new',
    description: "make this machine's key pair; its private half never leaves",
    examples: ['rotor recipient new ctl3', 'rotor recipient new ctl3 --replace'],
  })
    .argument(
      '<name>',
      "the node's name in the inventory, or any other for a worker that reaches nodes by SSH",
    )
    .option('--replace', 'in place of the one that is there')
    .action(async (name: string, options: GlobalOptions & { replace?: boolean }) =>
      end(await (await commands.recipient()).create(io, name, options)),
    );
  declare(recipient, {
    name: 'show',
    description: 'name and fingerprint of this machine',
    examples: ['rotor recipient show'],
  }).action(async (options: Options<'showOwn'>) =>
    end(await (await commands.recipient()).showOwn(io, options)),
  );
  declare(recipient, {
    name: 'request',
    description: "a certificate signing request (PKCS #10) for this machine's key, for a CA of yours",
    examples: ['rotor recipient request > ctl3.csr'],
  }).action(async (options: Options<'request'>) =>
    end(await (await commands.recipient()).request(io, options)),
  );
  declare(recipient, {
    name: 'install',
    description: 'take the certificate that a CA in recipientAuthority made of the request',
    examples: ['rotor recipient install ctl3.crt'],
  })
    .argument('<file>', 'the certificate in PEM')
    .action(async (file: string, options: GlobalOptions) =>
      end(await (await commands.recipient()).install(io, file, options)),
    );
  listing(
    declare(recipient, {
      name: 'list',
      description: 'whose keys are approved here',
      examples: ['rotor recipient list', 'rotor recipient list --json'],
    }),
  ).action(async (options: Options<'list'>) => end(await (await commands.recipient()).list(io, options)));
  changing(
    declare(recipient, {
      name: 'approve',
      description: 'accept a public key, in place of whichever that name had',
      examples: ['rotor recipient approve ctl3 FINGERPRINT'],
    }),
  )
    .argument('<name>', 'as `rotor recipient show` prints it there')
    .argument('<fingerprint>', '64 hex digits, as `rotor recipient show` prints them there')
    .action(async (name: string, fingerprint: string, options: GlobalOptions) =>
      end(await (await commands.recipient()).approve(io, name, fingerprint, options)),
    );
  changing(
    declare(recipient, {
      name: 'retire',
      description: 'take an approval back',
      examples: ['rotor recipient retire ctl3'],
    }),
  )
    .argument('<name>', 'as `rotor recipient list` prints it')
    .action(async (name: string, options: GlobalOptions) =>
      end(await (await commands.recipient()).retire(io, name, options)),
    );
}
