/** What benchmarks and tests run beside the lab: the programs of the tools that rotor is compared with. */
import { installPackages } from './apt.mjs';
import { attempt } from './run.mjs';

export function ensureBench() {
  if (!attempt('rsync', ['--version']).ok) installPackages(['rsync'], 'rsync');
}
