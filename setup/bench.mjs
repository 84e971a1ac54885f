/** What benchmarks and tests run beside the lab: the programs of the tools that rotor is compared with, and a checker. */
import { existsSync } from 'node:fs';
import { installPackages } from './apt.mjs';
import { attempt } from './run.mjs';

export function ensureBench() {
  if (!attempt('rsync', ['--version']).ok) installPackages(['rsync'], 'rsync');
  ensurePromtool();
}

/** Checks the alert rules. */
function ensurePromtool() {
  if (attempt('promtool', ['--version']).ok) return;
  installPackages(['prometheus'], 'promtool');
  // The package enables its service for the next start of the machine, which nobody asked for.
  if (existsSync('/run/systemd/system')) attempt('systemctl', ['disable', 'prometheus.service']);
}
