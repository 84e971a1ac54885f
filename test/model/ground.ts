/** What is really so, whatever anybody believes. */
import { KEY_COUNT } from './keys.js';
import type { Model } from './model.js';
import type { State } from './state.js';

/** After anything that may have changed a primary: tokens are made with each of them now. */
export function withPrimaries(model: Model, state: State): State {
  const lastPrimary = state.lastPrimary.slice();
  for (let node = 0; node < state.repositories.length; node++) {
    const { primary } = model.keystoneOf(state, node);
    if ((state.serving >> node) & 1 && primary >= 0) lastPrimary[primary] = state.tick;
  }
  return { ...state, lastPrimary };
}

/** A key that no token can need any more is like one that never was a primary. */
export function withTick(model: Model, state: State): State {
  const tick = state.tick + 1;
  const lastPrimary = state.lastPrimary.map((last) =>
    last >= 0 && tick >= last + model.lifetime ? -1 : last,
  );
  return withPrimaries(model, { ...state, tick, lastPrimary });
}

/** The set of keys that serving nodes make tokens with. */
export function primaries(model: Model, state: State): number {
  let set = 0;
  for (let node = 0; node < state.repositories.length; node++) {
    const { primary } = model.keystoneOf(state, node);
    if ((state.serving >> node) & 1 && primary >= 0) set |= 1 << primary;
  }
  return set;
}

/** The set of keys that a valid token may need; those that were revoked are given up. */
export function needed(model: Model, state: State): number {
  let set = 0;
  for (let key = 0; key < KEY_COUNT; key++) if (state.lastPrimary[key]! >= 0) set |= 1 << key;
  return (set & ~state.revoked) | primaries(model, state);
}

/** For each serving node the needed keys that it can't read: every bit is a token that is refused. */
export function missing(model: Model, state: State): number[] {
  const keys = needed(model, state);
  return state.repositories.map((_, node) =>
    (state.serving >> node) & 1 ? keys & ~model.keystoneOf(state, node).keys : 0,
  );
}

/** Same staged key, same primary, same keys, on all that serve. */
export function isInSync(model: Model, state: State): boolean {
  const nodes = state.repositories
    .filter((_, node) => (state.serving >> node) & 1)
    .map((id) => model.repositories.get(id));
  const [first] = nodes;
  return nodes.every(
    ({ keys, primary, staged }) =>
      keys === first!.keys && primary === first!.primary && staged === first!.staged,
  );
}

/** The set of keys that at least one serving node has. */
export function heldByServing(model: Model, state: State): number {
  return state.repositories.reduce(
    (set, id, node) => ((state.serving >> node) & 1 ? set | model.repositories.get(id).keys : set),
    0,
  );
}
