import { defineConfig } from 'vitest/config';

/** Tests that need nothing but the code: no Temporal server, no Keystone, no sshd. */
export default defineConfig({
  test: { include: ['test/core/**/*.test.ts'] },
});
