/** The invariants, looked at on the nodes themselves, all the time and without asking rotor. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fingerprintsIn } from './repositories.js';
import type { SceneNode } from './scene.js';

const LOOK_EVERY_MS = 150;
/** A `fernet_rotate` hides a key for a moment from who lists the directory just then. */
const SECOND_LOOK_MS = 80;

export interface Watch {
  /** @returns what was broken, each once */
  stop(): Promise<string[]>;
}

/** @param retentionMs how long a key that was a primary must stay readable at least */
export function watchInvariants(nodes: readonly SceneNode[], retentionMs: number): Watch {
  const broken = new Set<string>();
  const primaryAt = new Map<string, number>();
  let isStopping = false;
  const ended = (async () => {
    while (!isStopping) {
      const first = violations(nodes, primaryAt, retentionMs);
      if (first.length > 0) {
        await sleep(SECOND_LOOK_MS);
        const second = violations(nodes, primaryAt, retentionMs);
        for (const each of first.filter((violation) => second.includes(violation))) broken.add(each);
      }
      await sleep(LOOK_EVERY_MS);
    }
  })();
  return {
    stop: async () => {
      isStopping = true;
      await ended;
      return [...broken];
    },
  };
}

function violations(
  nodes: readonly SceneNode[],
  primaryAt: Map<string, number>,
  retentionMs: number,
): string[] {
  const now = Date.now();
  const primaries = new Set<string>();
  // Primaries first: a key that was promoted between the two readings would else look as if others lacked it.
  for (const { repository } of nodes) {
    const keys = fingerprintsIn(repository);
    const primary = keys.get(Math.max(...keys.keys()));
    if (primary === undefined) continue;
    primaries.add(primary);
    primaryAt.set(primary, now);
  }
  const found = primaries.size > 2 ? ['more than two primaries at a time'] : [];
  for (const { name, repository } of nodes) {
    const held = new Set(fingerprintsIn(repository).values());
    for (const [key, at] of primaryAt)
      if (now - at < retentionMs && !held.has(key))
        found.push(`${name} lacks ${key}, which makes or made tokens`);
  }
  return found;
}
