/** Packages of the operating system: installed where we may, asked for where we may not. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { attempt, run, say, SetupError } from './run.mjs';

const policyFile = '/usr/sbin/policy-rc.d';

/** Installs Debian packages, without starting any service of theirs. */
export function installPackages(packages, purpose) {
  const names = packages.join(' ');
  const mayInstall = process.getuid?.() === 0 && attempt('apt-get', ['--version']).ok;
  if (!mayInstall) {
    throw new SetupError(
      `${purpose} is missing: install it first (Debian, Ubuntu: sudo apt-get install ${names})`,
    );
  }
  say(`installing ${names}`);
  withoutStartingServices(() => {
    run('apt-get', ['update', '-qq']);
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
      DEBIAN_FRONTEND: 'noninteractive',
    });
  });
}

/** Debian's packages ask this file before they start a service; 101 forbids it. A policy that is already there stays. */
function withoutStartingServices(action) {
  if (existsSync(policyFile)) return action();
  writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    action();
  } finally {
    rmSync(policyFile);
  }
}
