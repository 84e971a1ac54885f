/** The steps of an attempt: each action of the real sequence on a repository in memory. */
import type { VisitAction } from '../../core/visit.js';
import { isInSync, withPrimaries } from './ground.js';
import { numberOf } from './keys.js';
import type { Model } from './model.js';
import { visitEnded, type VisitEnding } from './orchestrating.js';
import { replaced, type Attempt, type State } from './state.js';
import { OTHER, type Transition } from './transition.js';

/**
 * What the attempt does next. Actions that nobody else can tell apart from the one before are joined to it: to settle and to
 * pause change no repository, and a staged file matters to others only between a check and the act. (If another attempt
 * clears it before the check, that one has written the lock before, so the check fails in either order.)
 *
 * The halves of a stray rotate are microseconds apart: less than a pause, and than a visit takes from its lock to its act. So
 * a visit may be overtaken by the first half anywhere and acts before or after the second, but none begins between them.
 */
export function visitSteps(model: Model, state: State, index: number): Transition[] {
  const attempt = state.attempts[index]!;
  if ((state.down >> attempt.node) & 1)
    return attempt.isZombie ? [] : [failed(model, state, index, 'n is down')];
  const { next, expected } = model.visits.get(attempt.visit);
  if (state.stray?.node === attempt.node && (next.kind === 'lock' || (next.kind === 'read' && expected)))
    return [];
  switch (next.kind) {
    case 'lock':
      return [
        step(model, withoutLocks(state, attempt.node), index, { hasLock: true, isSuperseded: false }, 'lock'),
      ];
    case 'clear':
      return [step(model, withoutStaged(state, attempt.node), index, {}, 'clear')];
    case 'read':
      return [readStep(model, state, index)];
    case 'stage':
      if (!hasContent(model, state, attempt)) return [failed(model, state, index, 'has no bytes of the key')];
      return [step(model, state, index, { hasStaged: true }, 'stage')];
    case 'check':
      if (!attempt.hasLock) return [failed(model, state, index, 'finds another lock')];
      return [checkStep(model, state, index)];
    case 'act':
      return [actStep(model, state, index, next)];
    case 'settle':
      return [step(model, state, index, { hasStaged: false }, 'settle')];
    case 'pause':
      return [step(model, state, index, { hasPaused: true }, 'pause')];
  }
}

/** An attempt that can change nothing any more need not be followed. */
export function isSpent(model: Model, attempt: Attempt): boolean {
  if (!attempt.isZombie) return false;
  const { kind } = model.visits.get(attempt.visit).next;
  if (kind === 'act') return !attempt.hasStaged;
  return (kind === 'read' || kind === 'check') && !attempt.hasLock;
}

function readStep(model: Model, state: State, index: number): Transition {
  const { node, visit, hasLock } = state.attempts[index]!;
  // Whoever has lost the lock again is not the newer one: it fails at its check.
  const isFirst = hasLock && model.visits.get(visit).expected === null;
  const before = isFirst ? withOthers(state, node, (other) => ({ ...other, isSuperseded: true })) : state;
  return step(model, before, index, { isSuperseded: false }, 'read', state.repositories[node]);
}

function checkStep(model: Model, state: State, index: number): Transition {
  const { node, visit } = state.attempts[index]!;
  const seen = state.repositories[node]!;
  const transition = step(model, state, index, {}, 'check', seen);
  const hasRead = model.repositories.idOf(model.visits.get(visit).found!.repository);
  const goesOn = transition.after.attempts.length === state.attempts.length;
  return hasRead !== seen && goesOn ? { ...transition, by: { kind: 'blind', node } } : transition;
}

function actStep(
  model: Model,
  state: State,
  index: number,
  { operation }: Extract<VisitAction, { kind: 'act' }>,
): Transition {
  const attempt = state.attempts[index]!;
  const { repository } = model.repositories.get(state.repositories[attempt.node]!);
  if (!attempt.hasStaged) return failed(model, state, index, 'finds its staged file gone');
  if (operation.kind === 'aside') throw new Error('nothing in the model is no key');
  if (operation.kind === 'add' && repository[operation.index] !== undefined)
    return failed(model, state, index, `can't link to ${operation.index}, which exists`);
  const changed = model.rules.applyOperation({ repository, damage: [] }, operation).repository;
  const repositories = replaced(state.repositories, attempt.node, model.repositories.idOf(changed));
  const before = withPrimaries(model, { ...state, repositories });
  const what = `${operation.kind === 'add' ? 'links' : 'renames'} ${operation.key} to ${operation.index}`;
  const { label, after } = step(model, before, index, { hasStaged: false, hasPaused: false }, what);
  const isDisturbed = after.isDisturbed && (after.stray !== null || !isInSync(model, after));
  return { label, after: { ...after, isDisturbed }, by: { kind: 'act', attempt } };
}

function step(
  model: Model,
  state: State,
  index: number,
  change: Partial<Attempt>,
  what: string,
  seen = -1,
): Transition {
  const attempt = { ...state.attempts[index]!, ...change };
  const label = `${nameOf(attempt)} ${what}`;
  const advance = model.advance(attempt.plan, attempt.visit, seen);
  if (advance.visit === null) return { label, after: ended(model, state, index, advance.end), by: OTHER };
  const moved = afterLocalActions(model, state, { ...attempt, visit: advance.visit });
  return { label, after: { ...state, attempts: replaced(state.attempts, index, moved) }, by: OTHER };
}

function afterLocalActions(model: Model, state: State, attempt: Attempt): Attempt {
  const { kind } = model.visits.get(attempt.visit).next;
  const next =
    kind === 'settle' || kind === 'pause' || kind === 'stage'
      ? model.advance(attempt.plan, attempt.visit, -1)
      : null;
  if (!next || next.visit === null) return attempt;
  if (kind === 'settle')
    return afterLocalActions(model, state, { ...attempt, hasStaged: false, visit: next.visit });
  if (kind === 'pause')
    return afterLocalActions(model, state, { ...attempt, hasPaused: true, visit: next.visit });
  const isLocal = model.visits.get(next.visit).next.kind === 'check' && hasContent(model, state, attempt);
  return isLocal ? { ...attempt, hasStaged: true, visit: next.visit } : attempt;
}

/** A key that is on the node, that is made here, or that the placement has read from another node. */
function hasContent(model: Model, state: State, { node, plan, visit, makes }: Attempt): boolean {
  const { next } = model.visits.get(visit);
  if (next.kind !== 'stage' || next.operation.kind === 'aside') return true;
  const { key } = next.operation;
  if (
    numberOf(key) === makes ||
    (model.repositories.get(state.repositories[node]!).keys >> numberOf(key)) & 1
  )
    return true;
  return model.rules.keysNeededFor(model.plans.get(plan).placement).includes(key);
}

function failed(model: Model, state: State, index: number, why: string): Transition {
  return {
    label: `${nameOf(state.attempts[index]!)} ${why}`,
    after: ended(model, state, index, 'failed'),
    by: OTHER,
  };
}

/** Its orchestrator hears of it, unless it has given the attempt up. */
export function ended(model: Model, state: State, index: number, how: VisitEnding): State {
  const attempt = state.attempts[index]!;
  const without = { ...state, attempts: state.attempts.filter((_, other) => other !== index) };
  return attempt.isZombie ? without : visitEnded(model, without, attempt, how);
}

function withoutLocks(state: State, node: number): State {
  return withOthers(state, node, (other) => ({ ...other, hasLock: false }));
}

function withoutStaged(state: State, node: number): State {
  return withOthers(state, node, (other) => ({ ...other, hasStaged: false }));
}

function withOthers(state: State, node: number, change: (attempt: Attempt) => Attempt): State {
  const attempts = state.attempts.map((attempt) => (attempt.node === node ? change(attempt) : attempt));
  return { ...state, attempts };
}

export function nameOf({ owner, node, isZombie }: Attempt): string {
  return `${'AB'[owner]}${isZombie ? "'s lost attempt" : ''} on n${node}:`;
}
