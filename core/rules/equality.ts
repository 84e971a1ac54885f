/** Rules 4 to 6: how nodes that differ come to have the same keys. */
import { make, place, type Decision } from '../decision.js';
import type { Fleet } from '../fleet.js';
import type { Ledger } from '../ledger.js';
import {
  holds,
  isEmpty,
  primaryOf,
  secondaryIndexesOf,
  stagedOf,
  type Fingerprint,
  type Repository,
} from '../repository.js';
import { mostCommon } from '../sync.js';
import { promoteInWaves } from './promotion.js';

/** Damaged files are overwritten first: while one is there, that Keystone may answer nothing at all. */
export function mendStep(fleet: Fleet): Decision | null {
  const { primary } = fleet;
  const nodes = fleet.read.filter((node) => node.damage.length > 0);
  if (primary === undefined) return null;
  const staged = commonStaged(fleet) ?? primary;
  return place(
    'reconcile',
    { kind: 'mend', primary, staged },
    nodes,
    (names) => `what is no key is mended on ${names}`,
  );
}

/** An empty repository gets the primary first, which all others can read; only then the keys below it. */
export function seedStep(fleet: Fleet): Decision | null {
  const { primary, live } = fleet;
  const nodes = fleet.read.filter((node) => isEmpty(node.repository) && node.damage.length === 0);
  const [first] = nodes;
  if (!first) return null;
  if (primary === undefined) return make('distribute', first, 'incoming');
  // As many names below as there are secondary keys to come.
  const index = Math.max(1, live.length - 1);
  return place(
    'reconcile',
    { kind: 'seed', key: primary, index },
    nodes,
    (names) => `the primary ${primary} is the first key of ${names}`,
  );
}

export function spreadStep(fleet: Fleet): Decision | null {
  for (const key of inOrderOfNeed(fleet)) {
    const isIncoming = key === fleet.incoming;
    const step = place(
      isIncoming ? 'distribute' : 'reconcile',
      { kind: 'hold', key },
      [...fleet.serving, ...fleet.joining].filter((node) => !holds(node.repository, key)),
      (names) => `${isIncoming ? 'the new key' : 'key'} ${key} is to be readable on ${names}`,
      fleet.reusable,
    );
    if (step) return step;
  }
  return null;
}

/** Primaries first: tokens are made with them now. */
function inOrderOfNeed(fleet: Fleet): Fingerprint[] {
  const primaries = new Set(fleet.serving.map((node) => primaryOf(node.repository)!));
  const isPrimary = (key: Fingerprint) => primaries.has(key);
  return [...fleet.live.filter(isPrimary), ...fleet.live.filter((key) => !isPrimary(key))];
}

/** A new node that has every key gets the right ones on top and in slot 0, and loses what only it has. */
export function joinStep(fleet: Fleet): Decision | null {
  const { joining, serving, primary, foreign, reusable } = fleet;
  if (primary === undefined) return null;
  const staged = commonStaged(fleet);
  const isPrimaryOfFleet = (key: Fingerprint | undefined) =>
    serving.some((node) => primaryOf(node.repository) === key);
  return (
    place(
      'reconcile',
      { kind: 'promote', key: primary },
      joining.filter((node) => !isPrimaryOfFleet(primaryOf(node.repository))),
      (names) => `${primary} becomes the primary of ${names}, which do not serve yet`,
      reusable,
    ) ??
    (staged === undefined
      ? null
      : place(
          'reconcile',
          { kind: 'stage', key: staged },
          joining.filter(
            (node) => !serving.some((other) => stagedOf(other.repository) === stagedOf(node.repository)),
          ),
          (names) => `${staged} takes slot 0 on ${names}, which do not serve yet`,
          reusable,
        )) ??
    place(
      'reconcile',
      { kind: 'expire' },
      joining.filter(({ repository }) => hasSecondaryOf(repository, foreign)),
      (names) => `keys that no serving node has are overwritten on ${names}, which do not serve yet`,
      foreign,
    )
  );
}

/** One in slot 0 goes when the fleet has a staged key: a step that can change nothing would be repeated for ever. */
function hasSecondaryOf(repository: Repository, keys: readonly Fingerprint[]): boolean {
  return secondaryIndexesOf(repository).some(
    (index) => keys.includes(repository[index]!) && repository[index] !== primaryOf(repository),
  );
}

export function settleStep(fleet: Fleet, { intent }: Ledger): Decision | null {
  const { primary, serving } = fleet;
  if (primary === undefined || serving.every((node) => primaryOf(node.repository) === primary)) return null;
  const phase = intent.kind === 'rotate' && intent.to === primary ? 'promote' : 'reconcile';
  return promoteInWaves(fleet, phase, serving, primary, fleet.incoming);
}

/** What most serving nodes have in slot 0. */
export function commonStaged(fleet: Fleet): Fingerprint | undefined {
  return mostCommon(fleet.serving.map((node) => stagedOf(node.repository)));
}
