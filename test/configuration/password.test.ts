import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { resolvePassword } from '../../configuration/load.js';
import { refusal, temporaryDirectory } from './files.js';

describe('resolvePassword', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('reads a variable as it is', () => {
    vi.stubEnv('ROTOR_TEST_PASSWORD', ' with spaces ');
    expect(resolvePassword({ env: 'ROTOR_TEST_PASSWORD' })).toBe(' with spaces ');
  });

  it('reads a file but for one newline at its end', () => {
    const file = join(temporaryDirectory(), 'password');
    writeFileSync(file, 'first\nsecond\n\n');
    expect(resolvePassword({ file })).toBe('first\nsecond\n');
  });

  it('names the variable or file that has none', async () => {
    const empty = join(temporaryDirectory(), 'empty');
    writeFileSync(empty, '\n');
    for (const [source, name] of [
      [{ env: 'ROTOR_TEST_UNSET' }, 'ROTOR_TEST_UNSET'],
      [{ file: empty }, empty],
      [{ file: `${empty}-none` }, `${empty}-none`],
    ] as const) {
      expect((await refusal(() => resolvePassword(source))).message).toContain(name);
    }
  });
});
