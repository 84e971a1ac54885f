/** What single faults and tests need beside the lab. A machine that lacks it runs the others, and is told which were left out. */
import { existsSync, readdirSync } from 'node:fs';
import { installPackages } from './apt.mjs';
import { attempt, say, SetupError } from './run.mjs';

export function ensureFaults() {
  if (!hasFaketime()) wish('faketime', 'a clock that is off');
  if (!attempt('strace', ['-V']).ok) wish('strace', 'watching what a worker opens and writes');
  if (!attempt('ip', ['-V']).ok) wish('iproute2', 'network namespaces');
}

function wish(name, purpose) {
  try {
    installPackages([name], purpose);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`${error.message}; going on without`);
  }
}

/** Debian keeps the library in a folder for each architecture. */
function hasFaketime() {
  return readdirSync('/usr/lib').some((folder) => existsSync(`/usr/lib/${folder}/faketime/libfaketime.so.1`));
}
