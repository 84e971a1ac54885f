/** The keys of the model: small numbers, so that a set of keys is one number, each with a name that traces can show. */
import type { Fingerprint } from '../../core/repository.js';

/** In the order in which a fleet uses them: those of the start, ours by the order of making, strangers' last. */
const STARTING = ['O', 'N', 'P', 'S', 'I'];
const OURS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'l', 'm'];
const STRANGERS = ['w', 'x', 'y', 'z'];
const NAMES = [...STARTING, ...OURS, ...STRANGERS];

export const KEY_COUNT = NAMES.length;

const NUMBERS = new Map(NAMES.map((name, number) => [name, number]));
const FIRST_STRANGER = STARTING.length + OURS.length;

export function numberOf(key: Fingerprint): number {
  return NUMBERS.get(key)!;
}

export function nameOf(key: number): Fingerprint {
  return NAMES[key]!;
}

export function setOf(keys: Iterable<Fingerprint>): number {
  let set = 0;
  for (const key of keys) set |= 1 << numberOf(key);
  return set;
}

export function namesIn(set: number): Fingerprint[] {
  return NAMES.filter((_, key) => (set >> key) & 1);
}

/** A stranger's key has no place in the order of rotation. */
export function isStrange(key: number): boolean {
  return key >= FIRST_STRANGER;
}

export function ourKey(count: number): Fingerprint {
  return nth(OURS, count);
}

export function strangersKey(count: number): Fingerprint {
  return nth(STRANGERS, count);
}

function nth(names: readonly string[], count: number): string {
  const name = names[count];
  if (name === undefined)
    throw new RangeError('the bounds of the scenario need more keys than the model has');
  return name;
}
