/** The compiled program in dist/. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './paths.mjs';
import { run, say } from './run.mjs';
import { modifiedAt, writeDatedStamp } from './stamps.mjs';

const stamp = `${projectRoot}dist/.built`;
const isSkipped = (name) => name.startsWith('.') || ['node_modules', 'dist', 'test'].includes(name);
const isSource = (name) =>
  /\.(c?tsx?|css|html|svg)$/.test(name) || /^(tsconfig.*|package(-lock)?)\.json$/.test(name);

export function ensureBuild() {
  if (modifiedAt(stamp) >= newestSourceAt(projectRoot)) return;
  const startedAt = new Date();
  say('building');
  run('npx', ['--no-install', 'tsc', '-p', 'tsconfig.build.json']);
  for (const step of ['worker/build-bundle.js', 'client/build-man.js', 'dashboard/build-page.js']) {
    const program = `${projectRoot}dist/${step}`;
    if (existsSync(program)) run(process.execPath, [program]);
  }
  writeDatedStamp(stamp, startedAt);
}

/** Folders below the top count as well: a file that was removed changes only its folder. */
function newestSourceAt(directory) {
  let newest = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && !isSkipped(entry.name)) {
      newest = Math.max(newest, modifiedAt(path), newestSourceAt(path));
    } else if (entry.isFile() && isSource(entry.name)) {
      newest = Math.max(newest, modifiedAt(path));
    }
  }
  return newest;
}
