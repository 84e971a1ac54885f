import type { Decision, Phase } from '../../core/decision.js';
import { learn } from '../../core/learning.js';
import {
  EMPTY_LEDGER,
  forgetIncoming,
  recordMade,
  revokeAll,
  withIntent,
  type Intent,
  type Ledger,
} from '../../core/ledger.js';
import { readNodes } from '../../core/membership.js';
import { applyOperation, nextOperation, wayTo, type Placement } from '../../core/operations.js';
import { followOrder, type Order } from '../../core/orders.js';
import { plan } from '../../core/planner.js';
import type { Policy } from '../../core/policy.js';
import {
  contentsDigest,
  indexesOf,
  isEmpty,
  primaryOf,
  sound,
  stagedOf,
  topIndexOf,
  type Contents,
  type Damage,
  type Fingerprint,
  type Repository,
} from '../../core/repository.js';
import { expiredNow } from '../../core/retention.js';
import type { Survey } from '../../core/survey.js';
import { assess } from '../../core/sync.js';
import { POLICY, problem, problemsIn } from './text.js';

/** One file operation that the planner's step led to, on one node. */
export interface Change {
  readonly node: string;
  readonly before: Contents;
  readonly after: Contents;
}

export interface VirtualFleetOptions {
  /** Called after every single file operation on any node, ours (with the change) or a stranger's (null). */
  readonly watch?: (fleet: VirtualFleet, change: Change | null) => void;
  readonly siteOf?: (node: string) => string;
  readonly policy?: Policy;
}

type Between = () => void;
const NOTHING: Between = () => {};

/** The real planner and the real file operations over repositories in memory. */
export class VirtualFleet {
  now = 1_000_000;
  ledger: Ledger = EMPTY_LEDGER;
  policy: Policy;
  /** How many keys we and strangers have made. */
  made = 0;
  readonly nodes: Record<string, Contents>;
  /** Nodes that can't be reached now. */
  readonly away = new Set<string>();
  readonly phases: Phase[] = [];
  readonly steps: Decision[] = [];

  constructor(
    nodes: Record<string, Repository>,
    private readonly options: VirtualFleetOptions = {},
  ) {
    this.policy = options.policy ?? POLICY;
    this.nodes = Object.fromEntries(Object.entries(nodes).map(([name, each]) => [name, sound(each)]));
    this.tick(null);
  }

  repository(node: string): Repository {
    return this.nodes[node]!.repository;
  }

  survey(): Survey {
    const nodes = Object.entries(this.nodes).map(([name, contents]) => {
      const reachable = !this.away.has(name);
      return {
        ...(reachable ? contents : sound({})),
        name,
        site: this.options.siteOf?.(name) ?? 'site',
        reachable,
        problems: reachable ? problemsIn(contents) : [problem('unreachable')],
        canBeProbed: false,
        accepted: [],
      };
    });
    return { startedAt: this.now, at: this.now, nodes };
  }

  isInSync(): boolean {
    const survey = this.survey();
    return assess(survey, this.ledger, expiredNow(survey, this.ledger, this.policy, this.now)).inSync;
  }

  // What operators and operations say.

  order(order: Order): void {
    this.ledger = followOrder(this.ledger, order, Object.keys(this.nodes), this.now);
  }

  intend(intent: Intent): void {
    this.ledger = withIntent(this.ledger, intent);
  }

  /** Everything that is known now is to go. */
  revoke(): Decision {
    this.look();
    this.ledger = revokeAll(this.ledger);
    return this.run();
  }

  sync(between?: Between): Decision {
    this.intend({ kind: 'sync' });
    return this.run(between);
  }

  /** As an operation does it: in sync first, then the standby of that fleet. */
  rotate(between?: Between): Decision {
    const synced = this.sync(between);
    if (synced.step.kind !== 'done') return synced;
    this.beginRotation();
    const end = this.run(between);
    if (end.step.kind === 'done') this.ledger = forgetIncoming(this.ledger);
    return end;
  }

  beginRotation(): void {
    const { repository } = readNodes(this.survey(), this.ledger)[0]!;
    this.intend({ kind: 'rotate', from: primaryOf(repository)!, to: stagedOf(repository)! });
  }

  // One look and one step.

  look(): Survey {
    const survey = this.survey();
    this.ledger = learn(this.ledger, survey, this.policy);
    return survey;
  }

  decide(): Decision {
    return plan(this.look(), this.ledger, this.policy, this.now);
  }

  /** Follows the planner to the end; `between` may disturb the fleet after any file operation. */
  run(between: Between = NOTHING, mostSteps = 200): Decision {
    for (let step = 0; step < mostSteps; step++) {
      const decision = this.decide();
      if (this.phases.at(-1) !== decision.phase) this.phases.push(decision.phase);
      if (!['make', 'place'].includes(decision.step.kind)) return decision;
      this.carryOut(decision, between);
    }
    throw new Error(`no end after ${mostSteps} steps: ${this.toString()}`);
  }

  carryOut(decision: Decision, between: Between = NOTHING): void {
    const { step, expired } = decision;
    this.steps.push(decision);
    if (step.kind === 'make') {
      const key = `key${++this.made}`;
      // On record before it is anywhere, as the worker that makes it says so before anybody else can look.
      this.ledger = recordMade(this.ledger, key, step.role, this.now);
      const kind = isEmpty(this.repository(step.node)) ? 'seed' : 'hold';
      this.placeOn(step.node, kind === 'seed' ? { kind, key, index: 1 } : { kind, key }, expired, between);
    } else if (step.kind === 'place') {
      const surveyed = { ...this.nodes };
      for (const node of step.nodes) {
        // The writer refuses a node that somebody else has changed, and the planner looks again.
        if (this.nodes[node] === surveyed[node]) this.placeOn(node, step.placement, expired, between);
      }
    }
  }

  private placeOn(
    node: string,
    placement: Placement,
    expired: readonly Fingerprint[],
    between: Between,
  ): void {
    const { length } = wayTo(this.nodes[node]!, placement, expired);
    for (let operations = 1; operations < length; operations++) {
      const before = this.nodes[node]!;
      const operation = nextOperation(before, placement, expired)!;
      if (operation.kind === 'add' && stands(before, operation.index))
        throw new Error(`${node}: ${operation.index} exists already: ${this.toString()}`);
      const after = applyOperation(before, operation);
      this.nodes[node] = after;
      this.tick({ node, before, after });
      between();
      if (this.nodes[node] !== after) return;
    }
  }

  // What strangers do.

  /** As `keystone-manage fernet_rotate` does it, with its pruning. */
  strayRotate(node: string, maxActiveKeys = 100): void {
    const { repository: before, damage } = this.nodes[node]!;
    if (stagedOf(before) === undefined) return;
    const repository: Record<number, Fingerprint> = { ...before };
    repository[topNumber(this.nodes[node]!) + 1] = before[0]!;
    repository[0] = `stray${++this.made}`;
    const indexes = indexesOf(repository);
    for (const index of indexes.slice(1, Math.max(1, indexes.length - maxActiveKeys + 1)))
      delete repository[index];
    this.put(node, {
      repository,
      damage: damage.map((each) => moved(each, topNumber(this.nodes[node]!) + 1)),
    });
  }

  /** Somebody restores, wipes or breaks a node, or adds one. */
  put(node: string, contents: Contents): void {
    this.nodes[node] = contents;
    this.tick(null);
  }

  toString(): string {
    return Object.entries(this.nodes)
      .map(([name, contents]) => `${name}: ${contentsDigest(contents) || 'empty'}`)
      .join(' | ');
  }

  private tick(change: Change | null): void {
    this.now += 1;
    this.options.watch?.(this, change);
  }
}

/** The staged file is renamed, with the mode that it has; the new one in slot 0 has the right mode. */
function moved(damage: Damage, index: number): Damage {
  return damage.kind === 'permissions' && damage.index === 0 ? { ...damage, index } : damage;
}

/** `fernet_rotate` goes by the names, whatever they hold. */
function topNumber({ repository, damage }: Contents): number {
  const numbers = damage.map((each) => ('index' in each ? (each.index ?? -1) : -1));
  return Math.max(topIndexOf(repository), ...numbers);
}

/** A link refuses a name that exists, whatever it holds. */
function stands({ repository, damage }: Contents, index: number): boolean {
  const isBroken = damage.some((each) => each.kind === 'malformed' && each.index === index);
  return isBroken || repository[index] !== undefined;
}
