/** Key repositories as files, seen from their own host. */
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  copyFileSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fingerprint, parseKey, wipe } from '../keys/key.js';

/** Name → fingerprint of every well-formed key. */
export function fingerprintsIn(repository: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const name of namesIn(repository)) {
    const print = fingerprintOf(join(repository, `${name}`));
    if (print !== null) found.set(name, print);
  }
  return found;
}

export function primaryNameOf(repository: string): string {
  return `${Math.max(...namesIn(repository))}`;
}

/** Which file stands under which name: changes with each file operation, whatever the keys are. */
export function namesAndFiles(repository: string): string {
  return namesIn(repository)
    .map((name) => `${name}:${statSync(join(repository, `${name}`)).ino}`)
    .join(' ');
}

export function wipeRepository(repository: string): void {
  for (const name of readdirSync(repository)) rmSync(join(repository, name), { recursive: true });
}

/** Longer than the lock of an operation that left a node in the middle keeps others away; see `nodes/lock.ts`. */
const LEASE_OVER_SECONDS = 180;

/** As if that time had passed: an operation that was put back may have left its lock on a node that was away. */
export function letLeaseEnd(repository: string): void {
  const lock = join(repository, '.rotor/lock');
  const then = Date.now() / 1_000 - LEASE_OVER_SECONDS;
  if (existsSync(lock)) utimesSync(lock, then, then);
}

/** Old keys that no node misses, the same on all: once they have expired there is something to prune. */
export function plantOldKeys(repositories: readonly string[], count: number): void {
  for (let planted = 0; planted < count; planted++) {
    const key = randomBytes(32).toString('base64url') + '=';
    for (const repository of repositories) plant(repository, key);
  }
}

/** The primary moves up by a copy first, so that it is the primary at every moment; files are their directory's owner's. */
function plant(repository: string, key: string): void {
  const top = Number(primaryNameOf(repository));
  const { uid, gid } = statSync(repository);
  const next = join(repository, `${top + 1}`);
  copyFileSync(join(repository, `${top}`), next);
  chownSync(next, uid, gid);
  writeFileSync(join(repository, `${top}`), key, { mode: 0o600 });
}

function namesIn(repository: string): number[] {
  if (!existsSync(repository)) return [];
  return readdirSync(repository)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Null for what vanished or changed while we looked. */
function fingerprintOf(file: string): string | null {
  try {
    const key = parseKey(readFileSync(file));
    try {
      return fingerprint(key);
    } finally {
      wipe(key);
    }
  } catch {
    return null;
  }
}
