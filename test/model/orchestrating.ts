/** The loop of `engine/operation.ts`, cut into what can happen in between: one read, one plan, one step on all its nodes. */
import type { Decision, Step } from '../../core/decision.js';
import type { Ledger } from '../../core/ledger.js';
import type { Placement } from '../../core/operations.js';
import { isEmpty, primaryOf, stagedOf } from '../../core/repository.js';
import { withPrimaries } from './ground.js';
import { numberOf, ourKey, setOf } from './keys.js';
import { TICK_MS, type Model, type Planned } from './model.js';
import { NOT_READ, UNREACHABLE, replaced, type Attempt, type Orchestrator, type State } from './state.js';
import type { Operation } from './scenario.js';
import { OTHER, type Transition } from './transition.js';

export type VisitEnding = 'reached' | 'changed' | 'impossible' | 'failed';

export function orchestratorSteps(model: Model, state: State, which: number): Transition[] {
  const orchestrator = state.orchestrators[which]!;
  const name = 'AB'[which]!;
  switch (orchestrator.stage) {
    case 'finished':
    case 'visiting':
      return [];
    case 'idle':
      return [{ label: `${name} begins`, after: changed(state, which, { stage: 'looking' }), by: OTHER }];
    case 'looking':
      return orchestrator.readings.includes(NOT_READ)
        ? readSteps(model, state, which)
        : [planStep(model, state, which)];
  }
}

function readSteps(model: Model, state: State, which: number): Transition[] {
  const { readings } = state.orchestrators[which]!;
  const left = readings.flatMap((reading, node) => (reading === NOT_READ ? [node] : []));
  const nodes = model.scenario.readsInAnyOrder ? left : left.slice(0, 1);
  return nodes.map((node) => ({
    label: `${'AB'[which]} reads n${node}`,
    after: withReading(state, which, node),
    by: OTHER,
  }));
}

export function withReading(state: State, which: number, node: number): State {
  const orchestrator = state.orchestrators[which]!;
  const isFirst = orchestrator.readings.every((reading) => reading === NOT_READ);
  const reading = (state.down >> node) & 1 ? UNREACHABLE : state.repositories[node]!;
  return changed(state, which, {
    readings: replaced(orchestrator.readings, node, reading),
    startedAt: isFirst ? state.tick : orchestrator.startedAt,
    readAt: state.tick,
  });
}

function planStep(model: Model, state: State, which: number): Transition {
  const orchestrator = withNews(state.orchestrators[which]!);
  const operation = operationOf(model, state, which);
  const revokes = operation === 'revoke' && !orchestrator.hasRevoked;
  const planned = model.plan(orchestrator, state.tick, revokes);
  const revoked = revokes
    ? { revoked: state.revoked | setOf(Object.keys(model.ledger(planned.ledger).keys)) }
    : {};
  const learnt = changed({ ...state, ...revoked }, which, {
    ...orchestrator,
    ledger: planned.ledger,
    hasRevoked: orchestrator.hasRevoked || revokes,
  });
  const serving = servingNow(model, learnt, which, planned);
  const isAdmission = serving !== state.serving;
  const before = isAdmission ? withPrimaries(model, { ...learnt, serving }) : learnt;
  const after = carryOut(model, before, which, planned);
  const { decision } = planned;
  const label = `${'AB'[which]} plans ${decision.step.kind}: ${decision.reason}`;
  return { label, after, by: isAdmission ? { kind: 'admit', excused: orchestrator.excused } : OTHER };
}

/** A look that finds nothing new teaches nothing new, so its time may be that of the one before. */
export function withNews(orchestrator: Orchestrator): Orchestrator {
  const { readings, known, news } = orchestrator;
  const isNew = readings.some((reading, node) => reading !== known[node]);
  return isNew ? { ...orchestrator, known: readings, news: news + 1 } : orchestrator;
}

/** An operator lets traffic in when the fleet says that the node serves. */
function servingNow(model: Model, state: State, which: number, { ledger }: Planned): number {
  return which === 0 ? model.servingIn(model.ledger(ledger)) : state.serving;
}

function carryOut(model: Model, state: State, which: number, planned: Planned): State {
  const { step } = planned.decision;
  switch (step.kind) {
    case 'survey':
    case 'wait':
    case 'refuse':
      return lookingAgain(state, which);
    case 'done':
      return afterDone(model, state, which);
    case 'probe':
      return probed(model, state, which, step);
    case 'make':
      return making(model, state, which, planned, step);
    case 'place':
      return visiting(model, state, which, planned, step);
  }
}

/** As `turn` of the engine goes on when nothing is left to do for an intent. */
function afterDone(model: Model, state: State, which: number): State {
  const orchestrator = state.orchestrators[which]!;
  const ledger = model.ledger(orchestrator.ledger);
  const operation = operationOf(model, state, which);
  const intent = ledger.intent.kind;
  const { rules } = model;
  if (intent === 'putBack') return nextOperation(model, state, which, ledger);
  if (intent === 'rotate' || intent === (operation === 'reconcile' ? 'sync' : operation))
    return nextOperation(model, state, which, rules.forgetIncoming(ledger));
  const goal = { from: primaryHere(model, orchestrator), to: stagedHere(model, orchestrator) };
  const isToRotate = operation === 'rotate' && intent === 'sync';
  const next = rules.withIntent(ledger, isToRotate ? { kind: 'rotate', ...goal } : { kind: 'sync' });
  const intending = changed(state, which, { ledger: model.ledgerId(next) });
  return carryOut(model, intending, which, model.plan(intending.orchestrators[which]!, state.tick, false));
}

function nextOperation(model: Model, state: State, which: number, ledger: Ledger): State {
  const operation = state.orchestrators[which]!.operation + 1;
  const isLast = operation >= model.scenario.programmes[which]!.length;
  const closed = model.ledgerId(model.rules.withIntent(ledger, { kind: 'sync' }));
  // What a visit learnt of a node counts for one operation.
  const notes = { accepted: model.nodeNames.map(() => 0), measured: 0 };
  const after = lookingAgain(state, which);
  return changed(after, which, {
    ...notes,
    ledger: closed,
    stage: isLast ? 'finished' : 'looking',
    operation,
  });
}

/** After its programme an orchestrator only keeps the nodes equal. */
function operationOf(model: Model, state: State, which: number): Operation {
  return model.scenario.programmes[which]![state.orchestrators[which]!.operation] ?? 'reconcile';
}

function firstServing(model: Model, { readings, ledger }: Orchestrator): number {
  const serving = model.servingIn(model.ledger(ledger));
  return readings.find((reading, node) => reading >= 0 && (serving >> node) & 1)!;
}

function primaryHere(model: Model, orchestrator: Orchestrator): string {
  return primaryOf(model.repositories.get(firstServing(model, orchestrator)).repository)!;
}

function stagedHere(model: Model, orchestrator: Orchestrator): string {
  return stagedOf(model.repositories.get(firstServing(model, orchestrator)).repository)!;
}

/** All at once: what a running Keystone says changes nothing. */
function probed(model: Model, state: State, which: number, step: Extract<Step, { kind: 'probe' }>): State {
  const keys = setOf(step.keys);
  const accepted = state.orchestrators[which]!.accepted.map((known, node) => {
    const isAsked = step.nodes.includes(model.nodeNames[node]!) && !((state.down >> node) & 1);
    return isAsked && (model.keystoneOf(state, node).keys & keys) === keys ? keys : known;
  });
  return lookingAgain(changed(state, which, { accepted }), which);
}

function making(
  model: Model,
  state: State,
  which: number,
  { decision }: Planned,
  step: Extract<Step, { kind: 'make' }>,
): State {
  const key = ourKey(state.made);
  const node = model.nodeNames.indexOf(step.node);
  const surveyed = state.orchestrators[which]!.readings[node]!;
  const placement: Placement = isEmpty(model.repositories.get(surveyed).repository)
    ? { kind: 'seed', key, index: 1 }
    : { kind: 'hold', key };
  const attempt = beginAttempt(model, state, which, node, placement, decision, numberOf(key));
  const made = { ...state, made: state.made + 1, attempts: [...state.attempts, attempt] };
  return changed(made, which, { stage: 'visiting' });
}

function visiting(
  model: Model,
  state: State,
  which: number,
  { decision }: Planned,
  step: Extract<Step, { kind: 'place' }>,
): State {
  const attempts = step.nodes.map((name) =>
    beginAttempt(model, state, which, model.nodeNames.indexOf(name), step.placement, decision, -1),
  );
  return changed({ ...state, attempts: [...state.attempts, ...attempts] }, which, { stage: 'visiting' });
}

function beginAttempt(
  model: Model,
  state: State,
  owner: number,
  node: number,
  placement: Placement,
  { expired }: Decision,
  makes: number,
): Attempt {
  const { readings, startedAt, excused, ledger } = state.orchestrators[owner]!;
  return {
    owner,
    node,
    plan: model.planId(placement, readings[node]!, expired),
    visit: model.visitId(model.rules.beginVisit()),
    hasLock: false,
    hasStaged: false,
    isSuperseded: false,
    isZombie: false,
    hasPaused: true,
    isFresh: startedAt === state.tick,
    excused,
    goesBack: model.ledger(ledger).intent.kind === 'putBack',
    makes,
  };
}

/** The node's answer; when all have answered, the orchestrator looks again. */
export function visitEnded(model: Model, state: State, attempt: Attempt, how: VisitEnding): State {
  const { owner, node, makes } = attempt;
  const orchestrator = state.orchestrators[owner]!;
  const isReached = how === 'reached';
  const after = changed(state, owner, {
    ledger: isReached && makes >= 0 ? withMade(model, state, attempt) : orchestrator.ledger,
    measured:
      isReached && model.scenario.clocks ? orchestrator.measured | (1 << node) : orchestrator.measured,
  });
  const isWaiting = state.attempts.some((other) => other.owner === owner && !other.isZombie);
  return isWaiting ? after : lookingAgain(after, owner);
}

/** The roles are those of `make` steps: of a revocation the primary first, then the staged key. */
function withMade(model: Model, state: State, { owner, plan }: Attempt): number {
  const { ledger: id, news } = state.orchestrators[owner]!;
  const ledger = model.ledger(id);
  const { placement } = model.plans.get(plan);
  if (!('key' in placement)) throw new Error('what is made is a key');
  const { intent } = ledger;
  const role = intent.kind !== 'revoke' ? 'incoming' : intent.primary === null ? 'primary' : 'staged';
  return model.ledgerId(model.rules.recordMade(ledger, placement.key, role, state.tick * TICK_MS + news));
}

export function lookingAgain(state: State, which: number): State {
  const readings = state.repositories.map(() => NOT_READ);
  return changed(state, which, { stage: 'looking', readings, startedAt: 0, readAt: 0, excused: 0 });
}

export function changed(state: State, which: number, change: Partial<Orchestrator>): State {
  const orchestrator = { ...state.orchestrators[which]!, ...change };
  return { ...state, orchestrators: replaced(state.orchestrators, which, orchestrator) };
}
