/** What others do, and what breaks: strangers, disks, networks, time, operators. Each as often as the bounds say. */
import { primaries, withPrimaries, withTick } from './ground.js';
import { namesIn, strangersKey } from './keys.js';
import { TICK_MS, type Model } from './model.js';
import { changed, visitEnded } from './orchestrating.js';
import { beginStrayRotate, endStrayRotate, parseRepository } from './repositories.js';
import { NOT_READ, replaced, type Budget, type State } from './state.js';
import { OTHER, type Transition } from './transition.js';
import { isSpent, nameOf } from './visiting.js';

export function faults(model: Model, state: State): Transition[] {
  const { left } = state;
  const nodes = state.repositories.map((_, node) => node);
  return [
    ...(state.stray ? [strayEnds(model, state)] : []),
    ...(left.strays > 0 && !state.stray ? nodes.flatMap((node) => strayBegins(model, state, node)) : []),
    ...(left.restores > 0 ? nodes.flatMap((node) => restored(model, state, node)) : []),
    ...nodes.flatMap((node) => upOrDown(state, node)),
    ...(left.losses > 0 ? state.attempts.flatMap((_, index) => lost(model, state, index)) : []),
    ...(left.ticks > 0 ? [ticked(model, state)] : []),
    ...orders(model, state),
  ];
}

function spend(state: State, what: keyof Budget): State {
  return { ...state, left: { ...state.left, [what]: state.left[what] - 1 } };
}

// Somebody's forgotten fernet_rotate.

function strayBegins(model: Model, state: State, node: number): Transition[] {
  const { repository, staged } = model.repositories.get(state.repositories[node]!);
  if (staged < 0) return [];
  const { moved, purged } = beginStrayRotate(repository, model.policy.maxActiveKeys!);
  const isFirst = !state.isDisturbed;
  const after: State = {
    ...spend(state, 'strays'),
    repositories: replaced(state.repositories, node, model.repositories.idOf(moved)),
    stray: { node, purged, isFirst },
    isDisturbed: true,
  };
  const label = `a stranger's rotate moves slot 0 of n${node} to the top`;
  return [strayStep(label, isFirst, withPrimaries(model, isFirst ? after : excusing(after, node, staged)))];
}

function strayEnds(model: Model, state: State): Transition {
  const { node, purged, isFirst } = state.stray!;
  const key = strangersKey(state.strangers);
  const before = model.repositories.get(state.repositories[node]!).repository;
  const after: State = {
    ...state,
    repositories: replaced(
      state.repositories,
      node,
      model.repositories.idOf(endStrayRotate(before, key, purged)),
    ),
    strangers: state.strangers + 1,
    stray: null,
  };
  const label = `it writes ${key} to slot 0 of n${node}${purged.length > 0 ? ` and purges ${purged.join()}` : ''}`;
  return strayStep(label, isFirst, isFirst ? after : excusing(after, node, -1));
}

function strayStep(label: string, isFirst: boolean, after: State): Transition {
  return { label, after, by: isFirst ? { kind: 'stray' } : OTHER };
}

/** Whoever has read the node before can't know what a fault made of it; `primary` is what it issues with since. */
function excusing(state: State, node: number, primary: number): State {
  const bit = 1 << node;
  return {
    ...state,
    tainted: primary < 0 ? state.tainted : state.tainted | (1 << primary),
    attempts: state.attempts.map((attempt) => ({ ...attempt, excused: attempt.excused | bit })),
    orchestrators: state.orchestrators.map((orchestrator) =>
      orchestrator.readings[node] === NOT_READ
        ? orchestrator
        : { ...orchestrator, excused: orchestrator.excused | bit },
    ),
  };
}

// Disks, networks, time.

function restored(model: Model, state: State, node: number): Transition[] {
  if (state.stray?.node === node) return [];
  const id = model.repositories.idOf(parseRepository(model.scenario.oldCopy!));
  if (id === state.repositories[node]) return [];
  const { primary } = model.repositories.get(id);
  const after = excusing(
    {
      ...spend(state, 'restores'),
      repositories: replaced(state.repositories, node, id),
      isDisturbed: true,
    },
    node,
    primary,
  );
  // Locks and staged files of the disk are gone with it.
  const attempts = after.attempts.map((attempt) =>
    attempt.node === node ? { ...attempt, hasLock: false, hasStaged: false } : attempt,
  );
  const label = `n${node} is restored from an old copy`;
  return [{ label, after: withPrimaries(model, { ...after, attempts }), by: OTHER }];
}

function upOrDown(state: State, node: number): Transition[] {
  const bit = 1 << node;
  if (state.down & bit)
    return [{ label: `n${node} comes back`, after: { ...state, down: state.down & ~bit }, by: OTHER }];
  if (state.left.downs === 0) return [];
  const after = { ...spend(state, 'downs'), down: state.down | bit };
  return [{ label: `n${node} can't be reached any more`, after, by: OTHER }];
}

/** The reply is lost, or the worker seems to be: given up, or done again while the first one may still go on. */
function lost(model: Model, state: State, index: number): Transition[] {
  const attempt = state.attempts[index]!;
  if (attempt.isZombie) return [];
  const attempts = replaced(state.attempts, index, { ...attempt, isZombie: true });
  const after = withoutSpent(model, { ...spend(state, 'losses'), attempts });
  const givenUp = visitEnded(model, after, attempt, 'failed');
  const label = `${nameOf(attempt)} no reply any more`;
  const transitions = [{ label: `${label}; it is given up`, after: givenUp, by: OTHER }];
  // A new key is not made twice: its name would be another.
  if (attempt.makes >= 0) return transitions;
  const visit = model.visitId(model.rules.beginVisit());
  const retry = { ...attempt, visit, hasLock: false, hasStaged: false, isSuperseded: false, hasPaused: true };
  const retried = { ...after, attempts: [...after.attempts, retry] };
  return [...transitions, { label: `${label}; it is tried again`, after: retried, by: OTHER }];
}

export function withoutSpent(model: Model, state: State): State {
  if (!state.attempts.some((attempt) => isSpent(model, attempt))) return state;
  return { ...state, attempts: state.attempts.filter((attempt) => !isSpent(model, attempt)) };
}

function ticked(model: Model, state: State): Transition {
  return {
    label: `time goes on to ${state.tick + 1}`,
    after: withTick(model, spend(state, 'ticks')),
    by: OTHER,
  };
}

// Operators, between two steps of an operation.

function orders(model: Model, state: State): Transition[] {
  const { left } = state;
  const [first] = state.orchestrators;
  if (first!.stage !== 'looking' || first!.readings.some((reading) => reading !== NOT_READ)) return [];
  return [
    ...(left.aborts > 0 ? aborted(model, state) : []),
    ...(left.unfences > 0 ? unfenced(model, state) : []),
    ...(left.repairs > 0 ? [repaired(model, state)] : []),
  ];
}

function aborted(model: Model, state: State): Transition[] {
  const ledger = model.ledger(state.orchestrators[0]!.ledger);
  const { intent } = ledger;
  if (intent.kind !== 'rotate') return [];
  const putBack = model.rules.withIntent(ledger, {
    kind: 'putBack',
    primary: intent.from,
    staged: intent.to,
  });
  const after = changed(spend(state, 'aborts'), 0, { ledger: model.ledgerId(putBack) });
  return [{ label: 'an operator aborts', after, by: OTHER }];
}

function unfenced(model: Model, state: State): Transition[] {
  const ledger = model.ledger(state.orchestrators[0]!.ledger);
  return model.nodeNames
    .filter((name) => ledger.nodes[name]?.standing === 'fenced')
    .map((node) => {
      const order = { kind: 'unfence', node } as const;
      const known = model.rules.followOrder(ledger, order, model.nodeNames, state.tick * TICK_MS);
      const after = changed(spend(state, 'unfences'), 0, { ledger: model.ledgerId(known) });
      return { label: `an operator says: unfence ${node}`, after, by: OTHER };
    });
}

function repaired(model: Model, state: State): Transition {
  const ledger = withRepairsAllowed(model, state, 0, namesIn(primaries(model, state)));
  const after = changed(spend(state, 'repairs'), 0, { ledger });
  return { label: 'an operator allows every repair, and every primary', after, by: OTHER };
}

export function withRepairsAllowed(
  model: Model,
  state: State,
  which: number,
  approved: readonly string[],
): number {
  const order = { kind: 'reconcile', nodes: model.nodeNames, approved } as const;
  const ledger = model.ledger(state.orchestrators[which]!.ledger);
  return model.ledgerId(model.rules.followOrder(ledger, order, model.nodeNames, state.tick * TICK_MS));
}
