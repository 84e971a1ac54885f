/** Every state that a scenario can lead to, breadth first, so that the first violation found is one of the shortest. */
import { setImmediate } from 'node:timers/promises';
import { faults, withoutSpent } from './faults.js';
import { judge, type Violation } from './invariants.js';
import { Model } from './model.js';
import { orchestratorSteps } from './orchestrating.js';
import { Recovery } from './recovery.js';
import type { Rules } from './rules.js';
import type { Scenario } from './scenario.js';
import { startOf } from './start.js';
import { encode, type State } from './state.js';
import { describe } from './trace.js';
import type { Transition } from './transition.js';
import { visitSteps } from './visiting.js';

export interface Found extends Violation {
  readonly trace: readonly string[];
}

export interface Result {
  readonly scenario: Scenario;
  readonly states: number;
  readonly transitions: number;
  /** Distinct states of repositories and ledgers from which the fleet was brought back in sync. */
  readonly recoveries: number;
  readonly milliseconds: number;
  readonly found: Found | null;
  /** False when there are more states than were allowed. */
  readonly isComplete: boolean;
}

/** So many states in between, others may do something: a test runner wants to hear of its workers. */
const STATES_IN_A_ROW = 20_000;

export function transitionsOf(model: Model, state: State): Transition[] {
  return [
    ...state.orchestrators.flatMap((_, which) =>
      inTurn(state, which, () => orchestratorSteps(model, state, which)),
    ),
    ...state.attempts.flatMap(({ owner, isZombie }, index) =>
      isZombie
        ? visitSteps(model, state, index)
        : inTurn(state, owner, () => visitSteps(model, state, index)),
    ),
    ...faults(model, state),
  ];
}

/** Two orchestrators take turns, as often as the bounds say, each time after any single action. */
function inTurn(state: State, which: number, steps: () => Transition[]): Transition[] {
  if (state.turn === which) return steps();
  const switches = state.left.switches - 1;
  if (switches < 0) return [];
  return steps().map((step) => ({
    ...step,
    after: { ...step.after, turn: which, left: { ...step.after.left, switches } },
  }));
}

export async function check(rules: Rules, scenario: Scenario, mostStates = Infinity): Promise<Result> {
  const begun = performance.now();
  const search = new Search(new Model(rules, scenario), mostStates);
  const found = await search.run();
  const { states, transitions, recoveries, isComplete } = search;
  const milliseconds = performance.now() - begun;
  return { scenario, states, transitions, recoveries, milliseconds, found, isComplete };
}

class Search {
  transitions = 0;
  isComplete = true;
  private readonly seen = new Set<string>();
  private readonly recovery: Recovery;
  /** For each state, in the order of finding: where it was found from, and as which of the transitions there. */
  private readonly parents: number[] = [];
  private readonly choices: number[] = [];

  constructor(
    private readonly model: Model,
    private readonly mostStates: number,
  ) {
    this.recovery = new Recovery(model);
  }

  get states(): number {
    return this.seen.size;
  }

  get recoveries(): number {
    return this.recovery.size;
  }

  async run(): Promise<Found | null> {
    const start = startOf(this.model);
    this.note(start, -1, 0);
    let number = 0;
    for (let layer = [start]; layer.length > 0;) {
      const next: State[] = [];
      for (const state of layer) {
        const found = this.expand(state, number++, next);
        if (found) return found;
        if (number % STATES_IN_A_ROW === 0) await setImmediate();
        this.isComplete = this.states <= this.mostStates;
        if (!this.isComplete) return null;
      }
      layer = next;
    }
    return null;
  }

  private expand(state: State, number: number, next: State[]): Found | null {
    const stuck = this.recovery.from(state);
    if (stuck) return { ...stuck.violation, trace: [...this.trace(number), ...stuck.trace] };
    const transitions = transitionsOf(this.model, state);
    this.transitions += transitions.length;
    for (const [choice, transition] of transitions.entries()) {
      const violation = judge(this.model, state, transition);
      const after = withoutSpent(this.model, transition.after);
      if (violation)
        return {
          ...violation,
          trace: [...this.trace(number), describe(this.model, transition.label, after)],
        };
      if (this.note(after, number, choice)) next.push(after);
    }
    return null;
  }

  private note(state: State, parent: number, choice: number): boolean {
    const { size } = this.seen;
    this.seen.add(encode(state));
    if (this.seen.size === size) return false;
    this.parents.push(parent);
    this.choices.push(choice);
    return true;
  }

  /** Gone through again from the start: keeping every label would cost more than all states. */
  private trace(number: number): string[] {
    const choices: number[] = [];
    for (let at = number; at > 0; at = this.parents[at]!) choices.push(this.choices[at]!);
    let state = startOf(this.model);
    const lines = [describe(this.model, 'at first', state)];
    for (const choice of choices.reverse()) {
      const { label, after } = transitionsOf(this.model, state)[choice]!;
      state = withoutSpent(this.model, after);
      lines.push(describe(this.model, label, state));
    }
    return lines;
  }
}
