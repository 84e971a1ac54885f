import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    // Real Keystones, sshds and a Temporal server wait more than they work: two files at a time keep two cores busy.
    maxWorkers: 2,
    // Several times what the slowest need: a machine that does other things as well is no failure of a test.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
