/** Every kind of work on a repository, on a disk in memory. */
import { randomUUID } from 'node:crypto';
import type { Placement } from '../../core/operations.js';
import type { Contents, Fingerprint } from '../../core/repository.js';
import { encodeKey } from '../../keys/key.js';
import { readRepository } from '../../nodes/reading.js';
import type { RepositoryFiles } from '../../nodes/repository-files.js';
import { place, placeNewKey, type Visit } from '../../nodes/writer.js';
import { Disk, file, keyIn } from '../../sim/disk.js';
import { MemoryFiles } from './memory-files.js';
import { KeyRing } from './repository.js';

export const KEYS = new KeyRing();
/** Keys that no test has named are those that `placeNewKey` made. */
const fp = (letter: string) => KEYS.fingerprint(letter);

export interface Case {
  readonly name: string;
  /** `0:S 1:P`; a letter that is no key is a file without one: `!` an empty one, `~` half a key, `*` with mode 0666. */
  readonly before: string;
  readonly after: string;
  readonly placement: Placement | 'new-key';
  readonly expired?: string;
}

const mend: Placement = { kind: 'mend', primary: fp('P'), staged: fp('S') };
const key = (kind: 'hold' | 'promote' | 'stage', letter: string): Placement => ({ kind, key: fp(letter) });

export const CASES: readonly Case[] = [
  { name: 'hold', before: '0:S 1:P', after: '0:S 1:I 2:P', placement: key('hold', 'I') },
  {
    name: 'hold in place of an expired key',
    before: '0:S 1:X 2:P',
    after: '0:S 1:I 2:P',
    placement: key('hold', 'I'),
    expired: 'X',
  },
  { name: 'hold in a gap', before: '0:S 3:P', after: '0:S 1:I 3:P', placement: key('hold', 'I') },
  {
    name: 'promote in one step',
    before: '0:S 1:I 2:P',
    after: '0:S 1:I 2:P 3:S',
    placement: key('promote', 'S'),
  },
  {
    name: 'promote in two steps',
    before: '0:I 1:J 2:P 3:S',
    after: '0:I 1:J 2:S 3:I',
    placement: key('promote', 'I'),
    expired: 'P',
  },
  { name: 'stage', before: '0:S 1:I 2:P 3:S', after: '0:I 1:I 2:P 3:S', placement: key('stage', 'I') },
  {
    name: 'stage, the staged key being kept',
    before: '0:S 1:I 2:P',
    after: '0:I 1:I 2:S 3:P',
    placement: key('stage', 'I'),
  },
  {
    name: 'expire',
    before: '0:I 1:X 2:P 3:S',
    after: '0:I 1:S 2:P 3:S',
    placement: { kind: 'expire' },
    expired: 'X',
  },
  { name: 'seed', before: '', after: '3:I', placement: { kind: 'seed', key: fp('I'), index: 3 } },
  { name: 'mend an empty key', before: '0:S 1:! 2:P', after: '0:S 1:P 2:P', placement: mend },
  { name: 'mend half a staged key', before: '0:~ 1:I 2:P', after: '0:S 1:I 2:P', placement: mend },
  { name: 'mend a mode', before: '0:S 1:I* 2:P', after: '0:S 1:I 2:P', placement: mend },
  { name: 'mend an alias', before: '0:S 1:I 007:A 9:P', after: '0:S 1:I 7:A 9:P', placement: mend },
  { name: 'mend strays', before: '0:S 1:P README:! 0.tmp:~', after: '0:S 1:P', placement: mend },
  { name: 'a new key', before: '0:S 1:P', after: '0:S 1:? 2:P', placement: 'new-key' },
  { name: 'a first key', before: '', after: '1:?', placement: 'new-key' },
];

/** All synced. */
export function diskWith(layout: string): Disk {
  const disk = new Disk();
  for (const part of layout.split(' ').filter(Boolean)) {
    const [name, what] = part.split(':') as [string, string];
    const whole = encodeKey(KEYS.of(what[0]!));
    const content = what === '!' ? Buffer.alloc(0) : what === '~' ? whole.subarray(0, 22) : whole;
    disk.change(name, file(Buffer.from(content), what.endsWith('*') ? 0o666 : 0o600, 0, null), 0);
  }
  disk.syncDirectory('.');
  return disk;
}

/** One attempt, as production makes it. */
export async function attempt(
  files: RepositoryFiles,
  { placement, expired }: Case,
  surveyed: Contents,
  signal?: AbortSignal,
) {
  const visit: Visit = {
    holder: { operation: 'rotation/test/1', attempt: randomUUID() },
    surveyed: { repository: surveyed.repository, damage: surveyed.damage },
    expired: [...(expired ?? '')].map(fp),
    pauseMs: 1,
    ...(signal && { signal }),
    clock: { now: () => Date.parse('2026-01-01T00:00:00Z'), sleep: () => Promise.resolve() },
  };
  if (placement === 'new-key') return placeNewKey(files, visit);
  const keyFor = (wanted: Fingerprint) => Promise.resolve(Buffer.from(KEYS.of(KEYS.letter(wanted))));
  return place(files, { ...visit, placement, keyFor });
}

export function survey({ before }: Case): Promise<Contents> {
  return readRepository(new MemoryFiles(diskWith(before)));
}

/** `0:S 1:P` of all names that Keystone takes for keys; `!` stands for a file that is no key. */
export function layoutOf(disk: Disk): string {
  const parts = [...disk.root.names].filter(([name]) => /^[+-]?[\d_]+$/.test(name));
  return parts
    .map(([name, entry]) => [name, entry.kind === 'file' ? keyIn(entry) : null] as const)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([name, found]) => `${name}:${found === null ? '!' : KEYS.letter(found)}`)
    .join(' ');
}

/** What Keystone would stumble over now and did not before. */
export function harm(disk: Disk, { before, expired = '' }: Case): string[] {
  const layout = layoutOf(disk);
  const were = before.split(' ').filter(Boolean);
  const broken = layout.split(' ').filter((part) => part.endsWith(':!') && !wasBroken(were, part));
  const live = were.map((part) => part.split(':')[1]![0]!).filter((each) => !`!~${expired}`.includes(each));
  const lost = live.filter((letter) => !layout.includes(`:${letter}`));
  return [...broken.map((part) => `broken ${part}`), ...lost.map((letter) => `lost ${letter}`)].map(
    (what) => `${what} in ${layout}`,
  );
}

function wasBroken(were: readonly string[], part: string): boolean {
  const name = part.split(':')[0]!;
  return were.includes(`${name}:!`) || were.includes(`${name}:~`);
}

/** The next attempt of the same work must end right, whatever was left. */
export async function harmOfNextAttempt(disk: Disk, work: Case, surveyed: Contents): Promise<string[]> {
  const found = layoutOf(disk);
  try {
    await attempt(new MemoryFiles(disk), work, surveyed);
  } catch (error) {
    return [`from ${found} the next attempt failed: ${String(error)}`];
  }
  return [...unfinished(disk, work), ...leftIn(disk)].map((what) => `${what}, from ${found}`);
}

export function unfinished(disk: Disk, { after }: Case): string[] {
  const names = [...disk.root.names.keys()].filter((name) => name !== '.rotor');
  const isRight = layoutOf(disk) === after && names.length === after.split(' ').length;
  return isRight ? [] : [`ended at ${layoutOf(disk)} (${names.join(' ')})`];
}

export function leftIn(disk: Disk): string[] {
  const left = [...disk.directory('.rotor').names.keys()].filter((name) => name !== 'aside');
  return left.map((name) => `.rotor/${name} was left`);
}
