/** What shells need to complete commands and options, made of the commands as they are declared. */
import type { Command } from 'commander';
import { usageError } from '../errors.js';

const SHELLS: Readonly<Record<string, (words: readonly Words[]) => string>> = { bash, zsh, fish };

/** What may follow a command. */
interface Words {
  /** Without the program's own name: `schedule set`, or nothing for the program itself. */
  readonly path: string;
  readonly next: readonly { readonly word: string; readonly description: string }[];
}

/** @throws UserError (usage) for a shell that is not known */
export function completion(program: Command, shell: string): string {
  const write = SHELLS[shell];
  if (write) return write(wordsOf(program, ''));
  throw usageError(`expected ${Object.keys(SHELLS).join(', ')}, got ${JSON.stringify(shell)}`);
}

function wordsOf(command: Command, path: string): Words[] {
  const options = command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, description }) => ({ word: long!, description }));
  const below = command.commands.map((child) => ({ word: child.name(), description: child.description() }));
  const children = command.commands.flatMap((child) => wordsOf(child, `${path} ${child.name()}`.trim()));
  return [{ path, next: [...below, ...options] }, ...children];
}

function bash(words: readonly Words[]): string {
  return `# rotor completion bash
${caseFunction(words, '  local path="" word\n  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do', '    path="${path:+$path }$word"')}
_rotor_complete() {
  COMPREPLY=($(compgen -W "$(_rotor_words)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _rotor_complete rotor
`;
}

function zsh(words: readonly Words[]): string {
  return `#compdef rotor
${caseFunction(words, '  local path="" word\n  for word in "${words[@]:1:$((CURRENT-2))}"; do', '    path="${path:+$path }$word"')}
_rotor() {
  compadd -- \${(f)"$(_rotor_words | tr ' ' '\\n')"}
  _files
}
compdef _rotor rotor
`;
}

/** A shell function that prints the words that may follow what was typed; options and values on the way are skipped. */
function caseFunction(words: readonly Words[], loop: string, append: string): string {
  const paths = words.filter(({ path }) => path !== '').map(({ path }) => `"${path}"`);
  const cases = words.map(
    ({ path, next }) => `    "${path}") echo "${next.map(({ word }) => word).join(' ')}" ;;`,
  );
  return `_rotor_words() {
${loop}
    case "\${path:+$path }$word" in ${paths.join('|')}) ;; *) continue ;; esac
${append}
  done
  case "$path" in
${cases.join('\n')}
  esac
}`;
}

function fish(words: readonly Words[]): string {
  const lines = words.flatMap(({ path, next }) =>
    next.map(({ word, description }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c rotor -n ${quoted(conditionFor(path))} ${what} -d ${quoted(description)}`;
    }),
  );
  return `# rotor completion fish\n${lines.join('\n')}\n`;
}

function conditionFor(path: string): string {
  if (path === '') return '__fish_use_subcommand';
  return path
    .split(' ')
    .map((word) => `__fish_seen_subcommand_from ${word}`)
    .join('; and ');
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
