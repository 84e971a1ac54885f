/** The npm packages of the lock file. */
import { projectRoot } from './paths.mjs';
import { run, say } from './run.mjs';
import { modifiedAt } from './stamps.mjs';

export function ensureDependencies() {
  // npm writes this copy of the lock file as the last thing of an installation.
  const installedAt = modifiedAt(`${projectRoot}node_modules/.package-lock.json`);
  if (installedAt > 0 && installedAt >= modifiedAt(`${projectRoot}package-lock.json`)) return;
  say('installing the npm packages');
  run('npm', ['ci', '--no-audit', '--no-fund']);
}
