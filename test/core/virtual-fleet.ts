import { EMPTY_LEDGER, forgetIncoming, observe, recordMade, type Ledger } from '../../core/ledger.js';
import { applyOperation, nextOperation } from '../../core/operations.js';
import { plan, type Decision, type Goal } from '../../core/planner.js';
import type { Policy } from '../../core/policy.js';
import {
  holds,
  primaryOf,
  stagedOf,
  topIndexOf,
  type Fingerprint,
  type Repository,
} from '../../core/repository.js';
import type { Survey } from '../../core/survey.js';

export const POLICY: Policy = { expirationMs: 1000, allowExpiredWindowMs: 2000, marginMs: 100, maxFiles: 50 };

/** Called after every single file operation on any node. */
export type Watcher = (fleet: VirtualFleet) => void;

/** The real planner and the real file operations over repositories in memory. */
export class VirtualFleet {
  now = 1_000_000;
  ledger: Ledger = EMPTY_LEDGER;
  made = 0;
  /** When each key was last a primary anywhere, for checking retention. */
  readonly lastPrimary = new Map<Fingerprint, number>();
  readonly phases: string[] = [];
  /** In which order keys became primary anywhere, and what each node's primary was last; for checking that none goes back. */
  private readonly order = new Map<Fingerprint, number>();
  private readonly primaries = new Map<string, Fingerprint>();

  constructor(
    readonly nodes: Record<string, Repository>,
    private readonly watch: Watcher = () => {},
    private readonly siteOf: (node: string) => string = () => 'site',
  ) {
    // Of keys that were primary before we came nobody knows the order.
    for (const repository of Object.values(nodes)) this.order.set(primaryOf(repository) ?? '', 0);
    this.note();
  }

  survey(): Survey {
    return {
      startedAt: this.now,
      at: this.now,
      nodes: Object.entries(this.nodes).map(([name, repository]) => ({
        name,
        site: this.siteOf(name),
        fenced: false,
        reachable: true,
        repository,
        problems:
          Object.keys(repository).length === 0 ? [{ code: 'empty-repository', message: 'empty' }] : [],
        canBeProbed: false,
        accepted: [],
      })),
    };
  }

  decide(goal: Goal | null): Decision {
    const survey = this.survey();
    this.ledger = observe(this.ledger, survey, POLICY);
    return plan(survey, this.ledger, POLICY, goal, this.now);
  }

  /** Follows the planner to the end; `between` may disturb the fleet after any file operation. */
  run(goal: Goal | null, between: () => void = () => {}, mostSteps = 200): Decision {
    for (let step = 0; step < mostSteps; step++) {
      const decision = this.decide(goal);
      if (this.phases.at(-1) !== decision.phase) this.phases.push(decision.phase);
      if (decision.step.kind === 'done') this.ledger = goal ? forgetIncoming(this.ledger) : this.ledger;
      if (!['make', 'place'].includes(decision.step.kind)) return decision;
      this.carryOut(decision, between);
    }
    throw new Error(`no end after ${mostSteps} steps: ${JSON.stringify(this.nodes)}`);
  }

  rotate(between?: () => void): Decision {
    const synced = this.run(null, between);
    if (synced.step.kind !== 'done') return synced;
    const repository = Object.values(this.nodes)[0]!;
    return this.run({ from: primaryOf(repository)!, to: stagedOf(repository)! }, between);
  }

  /** As `keystone-manage fernet_rotate` does it, with its pruning. */
  strayRotate(node: string, maxActiveKeys = 100): void {
    const repository = { ...this.nodes[node]! } as Record<number, Fingerprint>;
    const top = topIndexOf(repository);
    if (repository[0] === undefined) return;
    repository[top + 1] = repository[0];
    repository[0] = `stray${++this.made}`;
    const indexes = Object.keys(repository).map(Number);
    for (const index of indexes.slice(1, Math.max(1, indexes.length - maxActiveKeys + 1)))
      delete repository[index];
    this.nodes[node] = repository;
    this.note();
  }

  private carryOut({ step, expired }: Decision, between: () => void): void {
    if (step.kind === 'make') {
      const key = `key${++this.made}`;
      this.placeOn(step.node, { kind: 'hold', key }, expired, between);
      this.ledger = recordMade(this.ledger, key, this.now);
    } else if (step.kind === 'place') {
      for (const node of step.nodes) this.placeOn(node, step.placement, expired, between);
    }
  }

  private placeOn(
    node: string,
    placement: Parameters<typeof nextOperation>[1],
    expired: readonly Fingerprint[],
    between: () => void,
  ): void {
    for (;;) {
      const before = this.nodes[node]!;
      const operation = nextOperation(before, placement, expired);
      if (operation === null) return;
      this.nodes[node] = applyOperation(before, operation);
      this.note();
      const expected = this.nodes[node];
      between();
      // The writer refuses a node that somebody else has changed, and the planner looks again.
      if (this.nodes[node] !== expected) return;
    }
  }

  /** I4: a node's primary is never replaced by an older one. */
  private noteOrder(node: string, primary: Fingerprint): void {
    if (!this.order.has(primary)) this.order.set(primary, this.order.size);
    const before = this.primaries.get(node);
    this.primaries.set(node, primary);
    if (before !== undefined && this.order.get(before)! > this.order.get(primary)!) {
      throw new Error(`${node} went back from ${before} to ${primary}: ${JSON.stringify(this.nodes)}`);
    }
  }

  private note(): void {
    this.now += 1;
    for (const [node, repository] of Object.entries(this.nodes)) {
      const primary = primaryOf(repository);
      if (primary === undefined) continue;
      this.lastPrimary.set(primary, this.now);
      this.noteOrder(node, primary);
    }
    this.watch(this);
  }
}

/** I1: what any node makes tokens with can be read on every node. I2: so can every key that a valid token may need. */
export function assertNoTokenRefused(fleet: VirtualFleet): void {
  for (const [key, last] of fleet.lastPrimary) {
    const isNeeded = fleet.now <= last + POLICY.expirationMs + POLICY.allowExpiredWindowMs;
    if (!isNeeded) continue;
    for (const [node, repository] of Object.entries(fleet.nodes)) {
      if (!holds(repository, key)) throw new Error(`${node} lacks ${key}: ${JSON.stringify(fleet.nodes)}`);
    }
  }
}
