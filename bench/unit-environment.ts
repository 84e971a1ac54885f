import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../lab/tools.js';

/** What the worker's systemd unit sets for every installation. */
export function environmentOfUnit(): Record<string, string> {
  const unit = readFileSync(join(projectRoot, 'packaging/systemd/rotor-worker.service'), 'utf8');
  return Object.fromEntries(
    [...unit.matchAll(/^Environment=(\w+)=(\S+)$/gm)].map(([, name, value]) => [name!, value!]),
  );
}
