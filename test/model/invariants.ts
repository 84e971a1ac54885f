/** What must hold of every transition: I1 to I6 of ARCHITECTURE.md, and that what a fault has broken is never made worse. */
import { heldByServing, missing, needed, primaries } from './ground.js';
import { isStrange, nameOf, namesIn } from './keys.js';
import type { Model } from './model.js';
import { type KnownRepository } from './repositories.js';
import type { Attempt, State } from './state.js';
import type { Transition } from './transition.js';

export interface Violation {
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'transition' | 'readers' | 'recovery';
  readonly message: string;
}

/** Null when all is well. */
export function judge(model: Model, before: State, { after, by }: Transition): Violation | null {
  switch (by.kind) {
    case 'other':
      return null;
    case 'blind':
      return {
        invariant: 'I6',
        message: `an attempt on n${by.node} goes on with another digest than it read`,
      };
    case 'stray':
      return newlyMissing(model, before, after, 0) ?? tooManyPrimaries(model, before, after, 0);
    case 'admit':
      return newlyMissing(model, before, after, by.excused);
    case 'act':
      return judgeAct(model, before, after, by.attempt);
  }
}

function judgeAct(model: Model, before: State, after: State, attempt: Attempt): Violation | null {
  // Evidence that was old when the visit began excuses nothing.
  const excused = attempt.isFresh ? attempt.excused : 0;
  const { node } = attempt;
  const was = model.repositories.get(before.repositories[node]!);
  const is = model.repositories.get(after.repositories[node]!);
  return (
    lateAct(attempt) ??
    vanishedName(was, is) ??
    newlyMissing(model, before, after, excused) ??
    tooManyPrimaries(model, before, after, excused) ??
    ((before.serving >> node) & 1 ? olderPrimary(before, was, is, attempt) : null) ??
    removedWhileBroken(model, before, was, is, excused, attempt)
  );
}

// I6, and what a reader sees that lists the directory before and opens the files after.

function lateAct(attempt: Attempt): Violation | null {
  if (attempt.isSuperseded)
    return { invariant: 'I6', message: `an attempt on n${attempt.node} acts after a newer one has read` };
  if (!attempt.hasPaused)
    return { invariant: 'readers', message: `two operations on n${attempt.node} without a pause` };
  return null;
}

function vanishedName(was: KnownRepository, is: KnownRepository): Violation | null {
  const name = Object.keys(was.repository).find((index) => !(index in is.repository));
  return name === undefined ? null : { invariant: 'I5', message: `the name ${name} vanishes` };
}

// I1 and I2

function newlyMissing(model: Model, before: State, after: State, excused: number): Violation | null {
  const lacked = missing(model, before);
  const lacking = missing(model, after);
  for (let node = 0; node < lacking.length; node++) {
    let keys = lacking[node]! & ~lacked[node]!;
    if ((excused >> node) & 1) continue;
    if (excused !== 0) keys &= ~after.tainted;
    if (keys === 0) continue;
    const issuing = keys & primaries(model, after);
    const names = namesIn(issuing || keys).join();
    return issuing
      ? { invariant: 'I1', message: `n${node} can't read ${names}, which tokens are made with now` }
      : { invariant: 'I2', message: `n${node} can't read ${names} any more, which valid tokens need` };
  }
  return null;
}

// I3

function tooManyPrimaries(model: Model, before: State, after: State, excused: number): Violation | null {
  const were = primaries(model, before);
  const are = primaries(model, after);
  if (are === were || excused !== 0) return null;
  const keys = namesIn(are);
  const isWorse = keys.length > Math.max(2, namesIn(were).length);
  if (isWorse) return { invariant: 'I3', message: `${keys.length} primaries at a time: ${keys.join()}` };
  // An operator's abort leads back to where the rotation began, however far a stranger went on from there.
  const wasAborted = after.left.aborts < (model.scenario.budget.aborts ?? 0);
  return keys.length === 2 && namesIn(were).length < 2 && !wasAborted ? notNeighbours(after, are) : null;
}

/** Between two primaries no third key may stand that was one a token's life ago. */
function notNeighbours(after: State, are: number): Violation | null {
  const [one, other] = [...after.lastPrimary.keys()].filter((key) => (are >> key) & 1);
  if (isStrange(one!) || isStrange(other!) || are & after.tainted) return null;
  const between = after.lastPrimary.findIndex((last, key) => key > one! && key < other! && last >= 0);
  if (between < 0) return null;
  const message = `${nameOf(one!)} and ${nameOf(other!)} are primaries, and ${nameOf(between)} was one between them`;
  return { invariant: 'I3', message };
}

// I4

function olderPrimary(
  before: State,
  was: KnownRepository,
  is: KnownRepository,
  { node, goesBack }: Attempt,
): Violation | null {
  const { primary } = is;
  if (goesBack || primary >= was.primary || isStrange(was.primary)) return null;
  // What came back from an old disk is unknown, and where it belongs an operator says.
  if (((before.tainted >> was.primary) | (before.tainted >> primary)) & 1) return null;
  return { invariant: 'I4', message: `n${node} goes back from ${nameOf(was.primary)} to ${nameOf(primary)}` };
}

// The transition rule

function removedWhileBroken(
  model: Model,
  before: State,
  was: KnownRepository,
  is: KnownRepository,
  excused: number,
  { node }: Attempt,
): Violation | null {
  const removed = was.keys & ~is.keys;
  if (removed === 0 || !((before.serving >> node) & 1)) return null;
  const held = heldByServing(model, before);
  const broken = missing(model, before).findIndex(
    (keys, other) => !((excused >> other) & 1) && (keys & held & ~(excused ? before.tainted : 0)) !== 0,
  );
  if (broken < 0 || before.revoked !== 0) return null;
  const lacks = namesIn(missing(model, before)[broken]! & needed(model, before)).join();
  const message = `${namesIn(removed).join()} is overwritten on n${node} while n${broken} still lacks ${lacks}`;
  return { invariant: 'transition', message };
}
