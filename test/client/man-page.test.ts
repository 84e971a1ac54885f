import { expect, test } from 'vitest';
import { manPage } from '../../client/man-page.js';
import { createProgram } from '../../client/program.js';

const PROGRAM = createProgram({ io: { out: () => {}, err: () => {}, isTerminal: false }, end: () => {} });

test('the man page has every command with its options, and says each exit code', () => {
  const page = manPage(PROGRAM);
  for (const text of [
    '.SS rotor schedule set',
    '.SS rotor history [run]',
    '\\-\\-jitter <duration>',
    '.B 124',
  ])
    expect(page).toContain(text);
});
