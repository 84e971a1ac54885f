/** What every command's declaration has in common. */
import { Option, type Command } from 'commander';
import { FORMATS } from './output.js';

export interface Declaration {
  readonly name: string;
  readonly description: string;
  /** Command lines as they are typed. */
  readonly examples: readonly string[];
}

export function declare(parent: Command, { name, description, examples }: Declaration): Command {
  const head = examples.length === 1 ? 'Example' : 'Examples';
  return parent
    .command(name)
    .description(description)
    .option('--config <file>', 'configuration (default: $ROTOR_CONFIG, ./rotor.yaml, /etc/rotor/rotor.yaml)')
    .option('--json', 'one JSON document on standard output, all else on standard error')
    .option('--no-input', 'never ask')
    .addHelpText('after', `\n${head}:\n${examples.map((example) => `  ${example}`).join('\n')}`);
}

/** A command that changes something takes `--yes`, whether it asks or not. */
export function changing(command: Command): Command {
  return command.option('--yes', 'take every question for answered with yes');
}

/** A command that has a list to give, as the `openstack` client does. */
export function listing(command: Command): Command {
  return command
    .addOption(
      new Option('-f, --format <format>', 'only the list, in this format').choices(FORMATS).conflicts('json'),
    )
    .addOption(
      new Option('-c, --column <name>', 'only this column of the list; may be repeated')
        .argParser((name: string, before: string[] | undefined) => [...(before ?? []), name])
        .conflicts('json'),
    )
    .addOption(
      new Option('--sort-column <name>', 'sort the list by this column, numbers by size').conflicts('json'),
    );
}
