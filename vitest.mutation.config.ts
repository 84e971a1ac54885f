import { defineConfig } from 'vitest/config';

/** The tests of single rules: a mutant is judged by a rule that says what it broke, not by long random runs. */
export default defineConfig({
  test: { include: ['test/core/**/*.test.ts'], exclude: ['test/core/random-fleet*.test.ts'] },
});
