import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { completion } from '../../client/commands/completion.js';
import { createProgram } from '../../client/program.js';

const program = createProgram({ io: { out: () => {}, err: () => {}, isTerminal: false }, end: () => {} });

/** What bash offers after these words. */
function offered(...words: string[]): string[] {
  const script = `${completion(program, 'bash')}
COMP_WORDS=(rotor "$@"); COMP_CWORD=$#
_rotor_complete
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

test('bash completes commands, commands of commands, and options, also after options', () => {
  expect(offered('ver')).toEqual(['verify']);
  expect(offered('schedule', 're')).toEqual(['resume', 'remove']);
  expect(offered('schedule', 'set', '--ev')).toEqual(['--every']);
  expect(offered('schedule', 'set', '--every', '25h', '--ji')).toEqual(['--jitter']);
  expect(offered('rotate', '--rea')).toEqual(['--reason']);
});

test('every shell has every command and option; others are refused with those that are known', () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const text = completion(program, shell);
    for (const word of ['rotate', 'reconcile', 'calendar', 'sort-column']) expect(text).toContain(word);
  }
  expect(() => completion(program, 'tcsh')).toThrow(/bash, zsh, fish/);
});
