/**
 * From every state the fleet gets back in sync once faults end: lost attempts are dead, nodes are up and hear of changes, and
 * an operator allows what has to be allowed. The real loop goes on with what it has begun, each step under the same
 * invariants as before, and at its end every node has the same keys.
 */
import { withRepairsAllowed } from './faults.js';
import { heldByServing, missing, primaries } from './ground.js';
import { judge, type Violation } from './invariants.js';
import { namesIn, setOf } from './keys.js';
import { TICK_MS, type Model } from './model.js';
import { changed, lookingAgain, orchestratorSteps, withNews } from './orchestrating.js';
import { NOTHING_LEFT } from './start.js';
import { NOT_READ, encode, type State } from './state.js';
import { describe } from './trace.js';
import { visitSteps } from './visiting.js';

export interface Stuck {
  readonly violation: Violation;
  readonly trace: readonly string[];
}

/** More looks than any recovery needs. */
const MOST_LOOKS = 80;

/** Past any programme: from here on an orchestrator only keeps the nodes equal. */
const PROGRAMME_DONE = 15;

export class Recovery {
  /** States between two steps from which the fleet is known to get back. */
  private readonly recovered = new Set<string>();

  constructor(private readonly model: Model) {}

  get size(): number {
    return this.recovered.size;
  }

  /** Null when the fleet gets back in sync. */
  from(state: State): Stuck | null {
    // A rotate between its halves ends first: that is another state.
    if (state.stray) return null;
    const calm = this.afterFaults(state);
    if (this.recovered.has(encode(calm))) return null;
    return new Way(this.model, this.recovered, calm).follow();
  }

  private afterFaults(state: State): State {
    // The last that began is the one whom the fleet's ledger listens to.
    const which = state.orchestrators.at(-1)!.stage === 'idle' ? 0 : state.orchestrators.length - 1;
    const { stage } = state.orchestrators[which]!;
    const calm = {
      ...state,
      attempts: [],
      down: 0,
      deaf: 0,
      isDisturbed: false,
      turn: 0,
      left: NOTHING_LEFT,
    };
    const others = calm.orchestrators.map((orchestrator, other) =>
      other === which ? orchestrator : { ...orchestrator, stage: 'finished' as const },
    );
    const alone = lookingAgain({ ...calm, orchestrators: others }, which);
    return stage === 'finished' ? changed(alone, which, { operation: PROGRAMME_DONE }) : alone;
  }
}

class Way {
  private readonly passed: string[] = [];
  private readonly trace: string[] = ['faults end'];
  private refusals = 0;
  private isPutBack = false;
  private isAllApproved = false;
  private readonly which: number;

  constructor(
    private readonly model: Model,
    private readonly recovered: Set<string>,
    private state: State,
  ) {
    this.which = state.orchestrators.findIndex(({ stage }) => stage !== 'finished');
  }

  follow(): Stuck | null {
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      const name = encode(this.state);
      if (this.recovered.has(name)) return this.succeed();
      this.passed.push(name);
      const stuck = this.lookAndAct();
      if (stuck) return stuck;
      if (this.state.orchestrators[this.which]!.stage !== 'finished') continue;
      if (!this.isPutBack) {
        const stuck = this.prove();
        if (stuck || this.state.orchestrators[this.which]!.stage === 'finished') return stuck;
        continue;
      }
      // A key that was introduced may stay where it is; whoever comes next spreads it.
      this.isPutBack = false;
      this.onlyReconcile();
    }
    return this.fail('recovery', `not in sync after ${MOST_LOOKS} looks`);
  }

  private lookAndAct(): Stuck | null {
    this.model.nodeNames.forEach(() => {
      this.take(orchestratorSteps(this.model, this.state, this.which)[0]!);
    });
    const orchestrator = withNews(this.state.orchestrators[this.which]!);
    const { survey, ledger, decision } = this.model.plan(orchestrator, this.state.tick, false);
    const { kind } = decision.step;
    if (kind === 'done') this.atEnd = { survey, ledger };
    if (kind === 'done' && this.model.ledger(ledger).intent.kind === 'putBack') this.isPutBack = true;
    if (kind === 'refuse' || kind === 'wait') return this.allow(decision.reason);
    return this.step();
  }

  private atEnd: Pick<ReturnType<Model['plan']>, 'survey' | 'ledger'> | null = null;

  private step(): Stuck | null {
    for (let transition; (transition = this.next());) {
      const violation = judge(this.model, this.state, transition);
      this.take(transition);
      if (violation) return this.fail(violation.invariant, violation.message);
    }
    return null;
  }

  private next() {
    const { model, state, which } = this;
    if (state.attempts.length > 0) return visitSteps(model, state, 0)[0];
    const isBetween = state.orchestrators[which]!.readings.every((reading) => reading === NOT_READ);
    return isBetween ? undefined : orchestratorSteps(model, state, which)[0];
  }

  private take({ label, after }: { readonly label: string; readonly after: State }): void {
    this.state = after;
    this.trace.push(describe(this.model, label, after));
  }

  /**
   * An operator allows repairs; where that is not enough, every unknown primary; where that is not it, gives up what was
   * intended and only makes the nodes equal.
   */
  private allow(reason: string): Stuck | null {
    this.trace.push(`refused: ${reason}`);
    if (this.refusals++ > 2) return this.fail('recovery', `stuck: ${reason}`);
    const { model, state, which } = this;
    const approved = this.refusals > 1 ? namesIn(primaries(model, state)) : [];
    const ledger = withRepairsAllowed(model, state, which, approved);
    this.state = lookingAgain(changed(state, which, { ledger }), which);
    if (this.refusals > 2) this.onlyReconcile();
    return null;
  }

  private onlyReconcile(): void {
    const { model, state, which } = this;
    const known = model.ledger(state.orchestrators[which]!.ledger);
    const ledger = model.ledgerId(model.rules.withIntent(known, { kind: 'sync' }));
    this.state = changed(state, which, { ledger, stage: 'looking', operation: PROGRAMME_DONE });
  }

  /**
   * Said to be done: is it? A key that no node has any more is lost, and one that nobody vouched for an operator did not
   * want.
   */
  private prove(): Stuck | null {
    const { model, state } = this;
    const { survey, ledger } = this.atEnd!;
    const known = model.ledger(ledger);
    const expired = model.rules.expiredNow(survey, known, model.policy, state.tick * TICK_MS);
    const { inSync, nodes } = model.rules.assess(survey, known, expired);
    if (!inSync && !this.isAllApproved) return this.approveAll();
    if (!inSync) {
      const problems = nodes.flatMap((node) => node.problems.map(({ message }) => message));
      return this.fail('recovery', `done, but not in sync: ${problems.join('; ')}`);
    }
    const trusted = setOf(Object.keys(known.keys).filter((key) => known.keys[key]!.trusted));
    const held = trusted & heldByServing(model, state);
    const lacking = missing(model, state).findIndex((keys) => (keys & held) !== 0);
    if (lacking < 0) return this.succeed();
    const keys = namesIn(missing(model, state)[lacking]! & held).join();
    return this.fail('recovery', `done, but n${lacking} lacks ${keys}, which valid tokens need`);
  }

  /** A repair alone leaves an unknown key where it is; the operator says that it is to be spread. */
  private approveAll(): null {
    const { model, state, which } = this;
    this.isAllApproved = true;
    const ledger = withRepairsAllowed(model, state, which, namesIn(heldByServing(model, state)));
    this.state = lookingAgain(changed(state, which, { ledger }), which);
    this.trace.push('an operator says that every key is to be spread');
    this.onlyReconcile();
    return null;
  }

  private succeed(): null {
    for (const name of this.passed) this.recovered.add(name);
    return null;
  }

  private fail(invariant: Violation['invariant'], message: string): Stuck {
    return { violation: { invariant, message }, trace: this.trace };
  }
}
