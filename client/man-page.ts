/** The man page, made of the commands as they are declared. */
import { Help, type Command, type Option } from 'commander';
import { EXIT } from './errors.js';

const EXIT_CODES: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'done, or in sync',
  error: 'an error',
  usage: 'wrong usage or configuration; nothing was changed',
  blocked: 'blocked, or ended with everything put back',
  drift: 'nodes differ',
  timeout: 'not at its end yet after --timeout; it goes on',
  interrupted: 'Ctrl-C; an operation that was followed goes on',
};

/** In man(7), for `man 1 rotor`. */
export function manPage(program: Command): string {
  return [
    `.TH ROTOR 1 "" "fernet-rotor ${program.version() ?? ''}" "User Commands"`,
    '.SH NAME',
    `rotor \\- ${escaped(program.description())}`,
    '.SH SYNOPSIS',
    '.B rotor',
    '.I command',
    '[options]',
    '.SH OPTIONS OF EVERY COMMAND',
    ...optionsOf(program.commands[0]!).filter(isCommon).flatMap(optionLines),
    '.SH COMMANDS',
    ...leavesOf(program, '').flatMap(({ command, path }) => sectionOf(command, path)),
    '.SH EXIT STATUS',
    ...Object.entries(EXIT_CODES).flatMap(([name, meaning]) => [
      '.TP',
      `.B ${EXIT[name as keyof typeof EXIT]}`,
      escaped(meaning),
    ]),
    '.SH FILES',
    '.TP',
    '.I $ROTOR_CONFIG, ./rotor.yaml, /etc/rotor/rotor.yaml',
    'The configuration; the first that is there.',
    '.SH ENVIRONMENT',
    '.TP',
    '.B NO_COLOR',
    'No colours, whatever the terminal.',
    '.TP',
    '.B TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_*',
    "Where Temporal is, as for Temporal's own tools.",
    '',
  ].join('\n');
}

interface Leaf {
  readonly command: Command;
  readonly path: string;
}

function leavesOf(command: Command, path: string): Leaf[] {
  if (command.commands.length === 0) return [{ command, path }];
  return command.commands.flatMap((child) => leavesOf(child, `${path} ${child.name()}`.trim()));
}

function sectionOf(command: Command, path: string): string[] {
  const words = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );
  return [
    `.SS rotor ${[path, ...words].join(' ')}`,
    sentence(command.description()),
    ...optionsOf(command)
      .filter((option) => !isCommon(option))
      .flatMap(optionLines),
  ];
}

function optionsOf(command: Command): Option[] {
  return command.createHelp().visibleOptions(command);
}

function isCommon({ long }: Option): boolean {
  return ['--help', '--config', '--json', '--no-input'].includes(long ?? '');
}

function optionLines(option: Option): string[] {
  const help = new Help();
  return ['.TP', `.B ${escaped(help.optionTerm(option))}`, escaped(help.optionDescription(option))];
}

function sentence(text: string): string {
  const end = /[.?]$/.test(text) ? '' : '.';
  return escaped(`${text.charAt(0).toUpperCase()}${text.slice(1)}${end}`);
}

/** A dot or a quote at the beginning of a line would be a request. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1');
}
