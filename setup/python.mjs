/** Python programs, each in an environment of its own below .tools. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { installPackages } from './apt.mjs';
import { toolsDirectory } from './paths.mjs';
import { attempt, run, say } from './run.mjs';
import { hasStamp } from './stamps.mjs';

/** Makes `.tools/NAME` hold exactly these requirements. */
export function ensureEnvironment(name, requirements) {
  const directory = `${toolsDirectory}/${name}`;
  const stamp = `${directory}/.installed`;
  // An environment has its own place written into its scripts, so one that was moved has to be made anew.
  const content = [directory, ...requirements].join('\n');
  if (hasStamp(stamp, content)) return;
  const python = findPython();
  say(`installing ${requirements.join(', ')}`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(toolsDirectory, { recursive: true });
  run(python, ['-m', 'venv', directory]);
  run(`${directory}/bin/python`, ['-m', 'pip', 'install', '--quiet', ...requirements]);
  writeFileSync(stamp, content);
}

/** The system's own Python first: one below a home directory can't be run by the other users that a node may have. */
function findPython() {
  const candidates = ['/usr/bin/python3', 'python3'].filter((path) => path === 'python3' || existsSync(path));
  const canMakeEnvironments = (path) => attempt(path, ['-c', 'import venv, ensurepip']).ok;
  const found = candidates.find(canMakeEnvironments);
  if (found) return found;
  installPackages(['python3', 'python3-venv'], 'Python 3 with its venv module');
  return '/usr/bin/python3';
}
