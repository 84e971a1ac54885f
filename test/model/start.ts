import { KEY_COUNT } from './keys.js';
import { type Model } from './model.js';
import { parseRepository } from './repositories.js';
import { NOT_READ, type Budget, type Orchestrator, type State } from './state.js';
import { withPrimaries, withTick } from './ground.js';

export const NOTHING_LEFT: Budget = {
  strays: 0,
  restores: 0,
  downs: 0,
  losses: 0,
  ticks: 0,
  aborts: 0,
  unfences: 0,
  repairs: 0,
  switches: 0,
};

/** The state that a scenario begins in, its history gone through. */
export function startOf(model: Model): State {
  const { scenario, repositories, allNodes } = model;
  const { start, startOf: startOfNode = {}, history = [], fenced = [], programmes, budget } = scenario;
  const serving = fenced.reduce((set, node) => set & ~(1 << node), allNodes);
  let state: State = {
    tick: 0,
    repositories: model.nodeNames.map(() => repositories.idOf(parseRepository(start))),
    down: 0,
    deaf: (scenario.deaf ?? []).reduce((set, node) => set | (1 << node), 0),
    serving,
    attempts: [],
    orchestrators: programmes.map((_, which) => newcomer(model, which)),
    turn: 0,
    made: 0,
    strangers: 0,
    stray: null,
    isDisturbed: false,
    tainted: 0,
    revoked: 0,
    lastPrimary: Array.from({ length: KEY_COUNT }, () => -1),
    left: { ...NOTHING_LEFT, ...budget },
  };
  for (const [tick, text] of history) {
    state = { ...state, repositories: model.nodeNames.map(() => repositories.idOf(parseRepository(text))) };
    while (state.tick < tick) state = withTick(model, state);
    state = withLook(model, withPrimaries(model, state));
  }
  const now = model.nodeNames.map((_, node) =>
    repositories.idOf(parseRepository(startOfNode[node] ?? start)),
  );
  const present = { ...state, repositories: now };
  return withPrimaries(model, history.length > 0 ? withTick(model, present) : present);
}

function newcomer(model: Model, which: number): Orchestrator {
  return {
    stage: which === 0 ? 'looking' : 'idle',
    operation: 0,
    ledger: firstLedger(model, which),
    hasRevoked: false,
    readings: model.nodeNames.map(() => NOT_READ),
    startedAt: 0,
    readAt: 0,
    known: model.nodeNames.map(() => NOT_READ),
    news: 0,
    excused: 0,
    accepted: model.nodeNames.map(() => 0),
    measured: 0,
  };
}

function firstLedger(model: Model, which: number): number {
  const { rules, scenario, nodeNames } = model;
  let ledger = rules.EMPTY_LEDGER;
  for (const node of which === 0 ? (scenario.fenced ?? []) : [])
    ledger = rules.followOrder(ledger, { kind: 'fence', node: nodeNames[node]! }, nodeNames, 0);
  return model.ledgerId(ledger);
}

function withLook(model: Model, state: State): State {
  const [first, ...others] = state.orchestrators;
  const news = first!.news + 1;
  const look = { ...first!, readings: state.repositories, startedAt: state.tick, readAt: state.tick, news };
  const ledger = model.ledgerId(
    model.rules.learn(model.ledger(first!.ledger), model.surveyOf(look), model.policy),
  );
  return { ...state, orchestrators: [{ ...first!, ledger, news }, ...others] };
}
