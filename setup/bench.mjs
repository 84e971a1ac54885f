/** What benchmarks and tests run beside the lab: the programs of the tools that rotor is compared with. */
import { installPackages } from './apt.mjs';
import { ensureEnvironment } from './python.mjs';
import { attempt } from './run.mjs';

export function ensureBench() {
  // Its files alone; what they would need to run is not installed.
  ensureEnvironment('kolla-ansible', ['--no-deps', 'kolla-ansible==22.2.0']);
  if (!attempt('rsync', ['--version']).ok) installPackages(['rsync'], 'rsync');
}
