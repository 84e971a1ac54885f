/** Random fleets for property tests, which print as `a: 0:S 1:P | b: …`. */
import fc from 'fast-check';
import type { Contents, Damage, Repository } from '../../core/repository.js';
import { digestOf, sound } from '../../core/repository.js';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const SHARED = ['S', 'P', 'X', 'Y', 'Z'];

/** What happens to one node between the rotations that went before and the day that we look at. */
export type Mishap =
  | { readonly kind: 'replaced'; readonly contents: Contents }
  | { readonly kind: 'wiped' }
  | { readonly kind: 'restored'; readonly rotationsAgo: number }
  | { readonly kind: 'broken'; readonly damage: readonly Damage[] }
  | { readonly kind: 'rotated'; readonly maxActiveKeys: number }
  | { readonly kind: 'added'; readonly contents: Contents };

export interface Scenario {
  /** `first`: nobody has ever looked at these nodes. Otherwise the rotations, and how long each was ago, in milliseconds. */
  readonly nodes: Readonly<Record<string, Contents>>;
  readonly rotations: readonly number[];
  readonly mishaps: readonly (readonly [node: string, mishap: Mishap])[];
  /** After which file operation a stranger rotates on which node; null: nobody does. */
  readonly stray: { readonly after: number; readonly node: number } | null;
}

/** A few keys that all nodes may have, and some that only this one has. */
function keyOn(node: string): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...SHARED) },
    { weight: 1, arbitrary: fc.constantFrom(`${node}1`, `${node}2`) },
  );
}

/** Well-formed: with gaps, without slot 0, with duplicates, or empty. */
function repository(node: string): fc.Arbitrary<Repository> {
  return fc.dictionary(fc.integer({ min: 0, max: 7 }).map(String), keyOn(node), {
    maxKeys: 6,
    noNullPrototype: true,
  });
}

function damage(node: string): fc.Arbitrary<readonly Damage[]> {
  const index = fc.integer({ min: 0, max: 8 });
  const one: fc.Arbitrary<Damage> = fc.oneof(
    fc.record({ kind: fc.constant('malformed' as const), index }),
    fc.constant({ kind: 'stray' as const, name: 'notes' }),
    fc.record({ kind: fc.constant('permissions' as const), index, key: keyOn(node) }),
    alias(node, index),
  );
  return fc.uniqueArray(one, {
    maxLength: 2,
    selector: (each) => ('name' in each ? each.name : each.index),
  });
}

/** `007`, and `-7`, for which no proper name stands; with a key behind it or not. */
function alias(node: string, index: fc.Arbitrary<number>): fc.Arbitrary<Damage> {
  const key = fc.option(keyOn(node), { freq: 4 });
  return fc.oneof(
    { weight: 4, arbitrary: fc.tuple(index, key).map(([number, k]) => aliasOf(`00${number}`, number, k)) },
    { weight: 1, arbitrary: key.map((k) => aliasOf('-7', null, k)) },
  );
}

function aliasOf(name: string, index: number | null, key: string | null): Damage {
  return { kind: 'alias', name, index, key };
}

/** A malformed file is none of the repository's keys; one with wrong permissions is. */
export function broken(contents: Contents, damages: readonly Damage[]): Contents {
  const keys: Record<number, string> = { ...contents.repository };
  for (const each of damages) {
    if (each.kind === 'malformed') delete keys[each.index];
    if (each.kind === 'permissions') keys[each.index] = each.key;
  }
  return { repository: keys, damage: damages };
}

function contentsOf(node: string): fc.Arbitrary<Contents> {
  return fc
    .tuple(repository(node), fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, damage(node)))
    .map(([keys, damages]) => broken(sound(keys), damages));
}

const namesOfFleet = fc.integer({ min: 1, max: NAMES.length }).map((size) => NAMES.slice(0, size));

const stray = fc.option(fc.record({ after: fc.integer({ min: 1, max: 25 }), node: fc.nat({ max: 5 }) }));

function mishapOf(node: string): fc.Arbitrary<Mishap> {
  return fc.oneof(
    contentsOf(node).map((contents): Mishap => ({ kind: 'replaced', contents })),
    fc.constant<Mishap>({ kind: 'wiped' }),
    fc.integer({ min: 0, max: 3 }).map((rotationsAgo): Mishap => ({ kind: 'restored', rotationsAgo })),
    damage(node).map((damages): Mishap => ({ kind: 'broken', damage: damages })),
    fc.constantFrom(3, 100).map((maxActiveKeys): Mishap => ({ kind: 'rotated', maxActiveKeys })),
    contentsOf('new').map((contents): Mishap => ({ kind: 'added', contents })),
  );
}

function recordOf<T>(names: readonly string[], make: (name: string) => fc.Arbitrary<T>) {
  return fc.record(Object.fromEntries(names.map((name) => [name, make(name)])));
}

/** Nodes that nobody has ever looked at. */
const firstContact = namesOfFleet.chain((names) =>
  fc.record({
    nodes: recordOf(names, contentsOf),
    rotations: fc.constant([]),
    mishaps: fc.constant([]),
    stray,
  }),
);

/** A fleet that was in sync and has rotated, and to which something has happened since. */
const knownFleet = namesOfFleet.chain((names) =>
  fc.record({
    nodes: fc.constant(Object.fromEntries(names.map((name) => [name, sound({ 0: 'S', 1: 'P' })]))),
    rotations: fc.array(fc.constantFrom(1, 1500, 4000), { minLength: 0, maxLength: 3 }),
    mishaps: fc.array(
      fc.constantFrom(...names).chain((node) => fc.tuple(fc.constant(node), mishapOf(node))),
      { minLength: 1, maxLength: 3 },
    ),
    stray,
  }),
);

export const scenarios: fc.Arbitrary<Scenario> = fc
  .oneof(firstContact, knownFleet)
  .map((scenario) => ({ ...scenario, [fc.toStringMethod]: () => describeScenario(scenario) }));

function describeContents({ repository, damage }: Contents): string {
  const broken = damage.map((each) => {
    const name = 'name' in each ? each.name : `${each.index}`;
    return each.kind === 'alias' ? `${name}:${each.key ?? 'no key'}` : `${name} ${each.kind}`;
  });
  return [digestOf(repository) || 'empty', ...broken].join(', ');
}

function describeMishap(mishap: Mishap): string {
  if ('contents' in mishap) return describeContents(mishap.contents);
  return mishap.kind === 'broken' ? describeContents({ repository: {}, damage: mishap.damage }) : '';
}

function describeScenario({ nodes, rotations, mishaps, stray: rotate }: Scenario): string {
  return [
    Object.entries(nodes)
      .map(([name, contents]) => `${name}: ${describeContents(contents)}`)
      .join(' | '),
    ...rotations.map((ms) => `rotated, then ${ms} ms`),
    ...mishaps.map(([node, mishap]) => `${node} ${mishap.kind} ${describeMishap(mishap)}`.trim()),
    ...(rotate ? [`stray rotate on node ${rotate.node} after operation ${rotate.after}`] : []),
  ].join('; ');
}
