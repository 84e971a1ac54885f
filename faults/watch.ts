/** The invariants, looked at on the nodes themselves, all the time and without asking rotor. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fingerprintsIn } from './repositories.js';
import type { SceneNode } from './scene.js';

const LOOK_EVERY_MS = 150;
/** A `fernet_rotate` hides a key for a moment from who lists the directory just then. */
const SECOND_LOOK_MS = 80;
const OTHERS_MAY_WRITE = 0o022;
const CANONICAL_INDEX = /^(0|[1-9]\d*)$/;

export interface Watch {
  /** Looks that were taken, so that nobody takes silence for order. */
  readonly looks: number;
  /** @returns what was broken, each once */
  stop(): Promise<string[]>;
}

export interface Watched {
  readonly nodes: readonly SceneNode[];
  /** Those of them whose files a fault spoils. */
  readonly spoilt: readonly SceneNode[];
  /** How long a key that was a primary must stay readable at least. */
  readonly retentionMs: number;
}

export function watchInvariants(watched: Watched): Watch {
  const broken = new Set<string>();
  const past: Past = { primaryAt: new Map(), primariesOf: new Map() };
  let isStopping = false;
  let looks = 0;
  const ended = (async () => {
    while (!isStopping) {
      const first = violations(watched, past);
      if (first.length > 0) {
        await sleep(SECOND_LOOK_MS);
        const second = violations(watched, past);
        for (const each of first.filter((violation) => second.includes(violation))) broken.add(each);
      }
      looks++;
      await sleep(LOOK_EVERY_MS);
    }
  })();
  return {
    get looks() {
      return looks;
    },
    stop: async () => {
      isStopping = true;
      await ended;
      return [...broken];
    },
  };
}

/** What earlier looks have seen. */
interface Past {
  /** When a key was last seen to be a primary. */
  readonly primaryAt: Map<string, number>;
  /** Of each node, in their order. */
  readonly primariesOf: Map<string, string[]>;
}

function violations(watched: Watched, past: Past): string[] {
  const { nodes, spoilt } = watched;
  const now = Date.now();
  // Primaries first: a key that was promoted between the two readings would else look as if others lacked it.
  const primaries = new Map(nodes.flatMap((node) => primaryOf(node)));
  for (const primary of primaries.values()) past.primaryAt.set(primary, now);
  return [
    ...(new Set(primaries.values()).size > 2 ? ['I3: more than two primaries at a time'] : []),
    ...[...primaries].flatMap(([name, primary]) => backwards(name, primary, past)),
    ...nodes.flatMap((node) => unreadable(node, watched, past, now)),
    ...nodes.filter((node) => !spoilt.includes(node)).flatMap((node) => strangeFiles(node)),
  ];
}

function primaryOf({ name, repository }: SceneNode): [string, string][] {
  const keys = fingerprintsIn(repository);
  const primary = keys.get(Math.max(...keys.keys()));
  return primary === undefined ? [] : [[name, primary]];
}

/** I1 and I2: whatever is or was a primary within a token's life is readable. */
function unreadable({ name, repository }: SceneNode, { retentionMs }: Watched, past: Past, now: number) {
  const held = new Set(fingerprintsIn(repository).values());
  const needed = [...past.primaryAt].filter(([, at]) => now - at < retentionMs).map(([key]) => key);
  return needed
    .filter((key) => !held.has(key))
    .map((key) => `I1, I2: ${name} lacks ${key}, which makes or made tokens`);
}

/** I4: a primary that another one followed never comes again. */
function backwards(name: string, primary: string, { primariesOf }: Past): string[] {
  const earlier = primariesOf.get(name) ?? [];
  if (earlier.at(-1) === primary) return [];
  if (earlier.includes(primary)) return [`I4: ${name} went back to ${primary}`];
  primariesOf.set(name, [...earlier, primary]);
  return [];
}

/** I5: keys alone, well-formed, of one owner and for no other hand, beside the one directory. */
function strangeFiles({ name, repository }: SceneNode): string[] {
  if (!existsSync(repository)) return [`I5: ${name} has no repository`];
  const { uid } = statSync(repository);
  const keys = fingerprintsIn(repository);
  return readdirSync(repository)
    .filter((entry) => entry !== '.rotor')
    .filter((entry) => {
      const { mode, uid: owner } = statSync(join(repository, entry));
      const isProper = CANONICAL_INDEX.test(entry) && keys.has(Number(entry));
      return !isProper || owner !== uid || (mode & OTHERS_MAY_WRITE) !== 0;
    })
    .map((entry) => `I5: ${name} has a file ${entry} that is no proper key`);
}
