/** What an operation would do, by the real planner on a copy of what was found: nothing is touched, and nothing learnt. */
import { forgetIncoming, recordMade, withIntent, type Ledger } from './ledger.js';
import { learn } from './learning.js';
import { readNodes } from './membership.js';
import type { FleetDescription } from './messages.js';
import { wayTo, type Placement } from './operations.js';
import { plan } from './planner.js';
import type { Decision, NodeProblem, Phase, Step } from './decision.js';
import { isEmpty, primaryOf, stagedOf, type Fingerprint } from './repository.js';
import type { NodeView, Survey } from './survey.js';

export interface ForecastStep {
  /** ISO 8601, UTC; an estimate. */
  readonly at: string;
  readonly phase: Phase;
  readonly reason: string;
  readonly nodes: readonly string[];
  /** File operations on the node that has most of them. */
  readonly operations: number;
  /** An estimate, for an idle fleet. */
  readonly tookMs: number;
}

export interface Forecast {
  readonly steps: readonly ForecastStep[];
  /** Why it goes no further; null where it ends because nothing is left to do, or enough was said. */
  readonly stoppedBy: { readonly message: string; readonly problems: readonly NodeProblem[] } | null;
}

export interface ForecastOptions {
  /** Null: to the end of the next rotation. */
  readonly steps: number | null;
  readonly syncOnly: boolean;
  /** The next scheduled rotation, milliseconds since the epoch; null when there is none. */
  readonly nextRunAt: number | null;
}

/** A visit's round trips beside its pauses, and a probe: what a step takes on an idle fleet. */
const VISIT_MS = 500;

/** More steps than any fleet needs for one rotation. */
const MOST_STEPS = 1_000;

export function forecast(
  survey: Survey,
  ledger: Ledger,
  description: FleetDescription,
  options: ForecastOptions,
): Forecast {
  const ahead = new Ahead(survey, ledger, description);
  const steps: ForecastStep[] = [];
  const mostSteps = options.steps ?? MOST_STEPS;
  let nextRunAt = options.nextRunAt;
  for (let decisions = 0; steps.length < mostSteps && decisions < MOST_STEPS; decisions++) {
    const decision = ahead.decide();
    const { step } = decision;
    if (step.kind === 'wait' || step.kind === 'refuse')
      return { steps, stoppedBy: { message: decision.reason, problems: step.problems } };
    if (step.kind !== 'done') {
      steps.push(...ahead.take(decision));
      continue;
    }
    if (ahead.intent === 'sync' && !options.syncOnly) ahead.beginRotation();
    else if (options.steps === null || options.syncOnly) break;
    else nextRunAt = ahead.waitForRun(nextRunAt);
  }
  return { steps, stoppedBy: null };
}

/** A fleet in memory that goes through time. */
class Ahead {
  private now: number;
  private made = 0;

  constructor(
    private survey: Survey,
    private ledger: Ledger,
    private readonly description: FleetDescription,
  ) {
    this.now = survey.at;
  }

  get intent(): Ledger['intent']['kind'] {
    return this.ledger.intent.kind;
  }

  decide(): Decision {
    const { policy } = this.description;
    this.survey = { ...this.survey, startedAt: this.now, at: this.now };
    this.ledger = learn(this.ledger, this.survey, policy);
    return plan(this.survey, this.ledger, policy, this.now);
  }

  beginRotation(): void {
    const { repository } = readNodes(this.survey, this.ledger)[0]!;
    this.ledger = withIntent(this.ledger, {
      kind: 'rotate',
      from: primaryOf(repository)!,
      to: stagedOf(repository)!,
    });
  }

  /** @returns the run after it */
  waitForRun(nextRunAt: number | null): number {
    const run = Math.max(nextRunAt ?? this.now + this.description.everyMs, this.now);
    this.now = run;
    this.ledger = withIntent(forgetIncoming(this.ledger), { kind: 'sync' });
    return run + this.description.everyMs;
  }

  take({ step, phase, reason, expired }: Decision): ForecastStep[] {
    const startedAt = this.now;
    const done = this.carryOut(step, expired);
    if (done === null) return [];
    const at = new Date(startedAt).toISOString();
    return [{ at, phase, reason, ...done, tookMs: this.now - startedAt }];
  }

  /** Null for a step that visits nobody. */
  private carryOut(
    step: Step,
    expired: readonly Fingerprint[],
  ): Pick<ForecastStep, 'nodes' | 'operations'> | null {
    switch (step.kind) {
      case 'probe':
        this.change(step.nodes, (node) => ({ ...node, accepted: [...node.accepted, ...step.keys] }));
        this.now += VISIT_MS;
        return { nodes: step.nodes, operations: 0 };
      case 'make': {
        const key = `new-key-${++this.made}`;
        const target = this.survey.nodes.find(({ name }) => name === step.node)!;
        const placement: Placement = isEmpty(target.repository)
          ? { kind: 'seed', key, index: 1 }
          : { kind: 'hold', key };
        const operations = this.place([step.node], placement, expired);
        this.ledger = recordMade(this.ledger, key, step.role, this.now);
        return { nodes: [step.node], operations };
      }
      case 'place': {
        const operations = this.place(step.nodes, step.placement, expired);
        return { nodes: step.nodes, operations };
      }
      case 'survey':
      case 'wait':
      case 'refuse':
      case 'done':
        return null;
    }
  }

  /** @returns the file operations of the node that has most; all nodes are visited at the same time */
  private place(names: readonly string[], placement: Placement, expired: readonly Fingerprint[]): number {
    let most = 0;
    this.change(names, (node) => {
      const way = wayTo(node, placement, expired);
      most = Math.max(most, way.length - 1);
      const { repository, damage } = way.at(-1)!;
      return { ...node, repository, damage, problems: damage.length === 0 ? [] : node.problems };
    });
    this.now += VISIT_MS + most * this.description.pauseMs;
    return most;
  }

  private change(names: readonly string[], change: (node: NodeView) => NodeView): void {
    const chosen = new Set(names);
    const nodes = this.survey.nodes.map((node) => (chosen.has(node.name) ? change(node) : node));
    this.survey = { ...this.survey, nodes };
  }
}
