/** The real rules over one scenario, with every answer that they gave remembered. */
import type { Decision } from '../../core/decision.js';
import type { Ledger } from '../../core/ledger.js';
import type { Placement } from '../../core/operations.js';
import type { Policy } from '../../core/policy.js';
import { sound } from '../../core/repository.js';
import type { NodeView, Survey } from '../../core/survey.js';
import type { VisitEnd, VisitPlan, VisitState } from '../../core/visit.js';
import { Interner } from './interning.js';
import { namesIn } from './keys.js';
import { Repositories, parseRepository, type KnownRepository } from './repositories.js';
import type { Rules } from './rules.js';
import type { Scenario } from './scenario.js';
import { NOT_READ, UNREACHABLE, type Orchestrator, type State } from './state.js';

/** Longer than evidence counts, so that what was read at another tick is old. */
export const TICK_MS = 100_000;

/** More than the looks of a scenario that find something new, each of which is a millisecond later than the one before. */
const MOST_NEWS = 1_000;

/** Where a visit stands after an action; null when it has ended. */
export type Advance =
  { readonly end: VisitEnd['kind'] | 'impossible'; readonly visit: null } | { readonly visit: number };

export interface Planned {
  readonly ledger: number;
  readonly survey: Survey;
  readonly decision: Decision;
}

export class Model {
  readonly repositories = new Repositories();
  readonly plans = new Interner<VisitPlan>();
  readonly visits = new Interner<VisitState>();
  readonly policy: Policy;
  readonly nodeNames: readonly string[];
  readonly allNodes: number;
  /** What a Keystone has loaded that hears nothing of changes. */
  readonly loaded: KnownRepository;
  readonly lifetime: number;
  private readonly ledgers = new Interner<Ledger>();
  private readonly advances = new Map<number, Advance>();
  private readonly planned = new Map<string, Planned>();

  constructor(
    readonly rules: Rules,
    readonly scenario: Scenario,
  ) {
    const { nodes, margin = 0, maxActiveKeys = 5, lifetime = 1, clocks = [0] } = scenario;
    this.nodeNames = Array.from({ length: nodes }, (_, node) => `n${node}`);
    this.allNodes = (1 << nodes) - 1;
    this.loaded = this.repositories.get(this.repositories.idOf(parseRepository(scenario.start)));
    this.lifetime = lifetime + Math.max(0, ...clocks) - Math.min(0, ...clocks);
    this.policy = {
      expirationMs: TICK_MS - MOST_NEWS,
      allowExpiredWindowMs: (lifetime - 1) * TICK_MS,
      marginMs: margin * TICK_MS,
      maxFiles: 50,
      maxActiveKeys,
    };
  }

  // Ledgers.

  ledgerId(ledger: Ledger): number {
    return this.ledgers.idOf(JSON.stringify(ledger), ledger);
  }

  ledger(id: number): Ledger {
    return this.ledgers.get(id);
  }

  /** The nodes that an orchestrator believes to be serving. */
  servingIn(ledger: Ledger): number {
    return this.nodeNames.reduce(
      (set, name, node) =>
        (ledger.nodes[name]?.standing ?? 'serving') === 'serving' ? set | (1 << node) : set,
      0,
    );
  }

  // Looking and planning.

  /** What the loop does between a look and a step: learn, then plan. */
  plan(orchestrator: Orchestrator, now: number, revokes: boolean): Planned {
    const { ledger, readings, startedAt, readAt, news, accepted, measured } = orchestrator;
    const question = `${ledger} ${readings.join()} ${startedAt} ${readAt} ${news} ${accepted.join()} ${measured} ${now} ${revokes}`;
    const known = this.planned.get(question);
    if (known) return known;
    const { rules, policy } = this;
    const survey = this.surveyOf(orchestrator);
    const learnt = rules.learn(this.ledger(ledger), survey, policy);
    const after = revokes ? rules.revokeAll(learnt) : learnt;
    const decision = rules.plan(survey, after, policy, now * TICK_MS + news);
    const planned = { ledger: this.ledgerId(after), survey, decision };
    this.planned.set(question, planned);
    return planned;
  }

  surveyOf(orchestrator: Orchestrator): Survey {
    const { readings, startedAt, readAt, news, accepted, measured } = orchestrator;
    const nodes = readings.map((reading, node): NodeView => {
      if (reading === NOT_READ) throw new Error(`n${node} was not read`);
      const isReachable = reading !== UNREACHABLE;
      const repository = isReachable ? this.repositories.get(reading).repository : {};
      return {
        name: this.nodeNames[node]!,
        site: node < 2 ? 'east' : 'west',
        reachable: isReachable,
        ...sound(repository),
        problems: problemsOf(isReachable, Object.keys(repository).length === 0),
        canBeProbed: this.scenario.deaf !== undefined,
        accepted: namesIn(accepted[node]!),
        ...((measured >> node) & 1 && { clockOffsetMs: (this.scenario.clocks?.[node] ?? 0) * TICK_MS }),
      };
    });
    return { startedAt: startedAt * TICK_MS, at: readAt * TICK_MS + news, nodes };
  }

  // Visits.

  planId(placement: Placement, surveyed: number, expired: readonly string[]): number {
    const { repository } = this.repositories.get(surveyed);
    const text = `${JSON.stringify(placement)} ${surveyed} ${expired.join()}`;
    return this.plans.idOf(text, { placement, surveyed: sound(repository), expired });
  }

  visitId(visit: VisitState): number {
    return this.visits.idOf(JSON.stringify(visit), visit);
  }

  /** The real sequence's next action, given what was seen (-1: an action that does not look). */
  advance(plan: number, visit: number, seen: number): Advance {
    const question = (plan * 0x10000 + visit) * 0x10000 + seen + 1;
    let advance = this.advances.get(question);
    if (!advance) this.advances.set(question, (advance = this.advanceNow(plan, visit, seen)));
    return advance;
  }

  private advanceNow(plan: number, visit: number, seen: number): Advance {
    const contents = seen === -1 ? null : sound(this.repositories.get(seen).repository);
    try {
      const after = this.rules.continueVisit(this.plans.get(plan), this.visits.get(visit), contents);
      if ('kind' in after) return { end: after.kind, visit: null };
      return { visit: this.visitId(after) };
    } catch (error) {
      // As the writer does: a placement that is impossible is the node's trouble, and is looked at again.
      if (error instanceof RangeError) return { end: 'impossible', visit: null };
      throw error;
    }
  }

  /** What a Keystone reads from: its files, unless it hears nothing of them. */
  keystoneOf(state: State, node: number): KnownRepository {
    return (state.deaf >> node) & 1 ? this.loaded : this.repositories.get(state.repositories[node]!);
  }
}

function problemsOf(isReachable: boolean, isEmpty: boolean): NodeView['problems'] {
  if (!isReachable) return [{ code: 'unreachable', message: 'down' }];
  return isEmpty ? [{ code: 'empty-repository', message: 'empty' }] : [];
}
