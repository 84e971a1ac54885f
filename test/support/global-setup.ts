import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startTemporal } from '../../lab/temporal.js';

declare module 'vitest' {
  interface ProvidedContext {
    temporalAddress: string;
    temporalDatabase: string;
    temporalLog: string;
  }
}

/** One Temporal server, on its database file, for the whole run. */
export default async function setup(project: TestProject) {
  const directory = mkdtempSync(join(tmpdir(), 'rotor-test-'));
  const temporal = await startTemporal({ directory });
  project.provide('temporalAddress', temporal.address);
  project.provide('temporalDatabase', temporal.databaseFile);
  project.provide('temporalLog', temporal.log);
  return async () => {
    await temporal.stop();
    rmSync(directory, { recursive: true, force: true });
  };
}
