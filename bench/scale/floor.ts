/**
 * The floor: the passes of a rotation over the same nodes with plain ssh2, as many at the same time as rotor does, with
 * nobody who decides, remembers or retries anything. A process of its own, so that its memory and CPU are its own.
 */
import { readFileSync } from 'node:fs';
import { Limit } from '../../core/limit.js';
import type { Placement } from '../../core/operations.js';
import type { Fingerprint } from '../../core/repository.js';
import { encodeKey, fingerprint, generateKey } from '../../keys/key.js';
import { ConnectionBudget, type Resting } from '../../nodes/connection-budget.js';
import type { FarmNode } from './farm.js';
import type { Pass } from './history.js';
import { PlainNode, type PlainAccount } from './plain.js';

export interface FloorJob {
  readonly nodes: readonly FarmNode[];
  readonly user: string;
  readonly identityFile: string;
  readonly passes: readonly Pass[];
  /** Keys that the nodes hold at the start; every other one of the passes is the recorded rotation's new one. */
  readonly knownKeys: readonly Fingerprint[];
  /** Handshakes at the same time. */
  readonly handshakes: number;
  /** Connections at the same time. */
  readonly connections: number;
}

export interface FloorResult {
  readonly seconds: number;
}

type Work = (node: PlainNode) => Promise<unknown>;

interface Kept extends Resting {
  readonly node: PlainNode;
}

class Floor {
  private readonly nodes: ReadonlyMap<string, FarmNode>;
  private readonly account: PlainAccount;
  private readonly kept = new Map<string, Kept>();
  private readonly handshakes: Limit;
  private readonly budget: ConnectionBudget;
  /** Ours, in the place of the one that the recorded rotation made. */
  private readonly newKey = generateKey();
  private readonly knownKeys: ReadonlySet<Fingerprint>;

  constructor(private readonly job: FloorJob) {
    this.nodes = new Map(job.nodes.map((node) => [node.name, node]));
    this.account = { user: job.user, privateKey: readFileSync(job.identityFile) };
    this.handshakes = new Limit(job.handshakes);
    this.budget = new ConnectionBudget(job.connections);
    this.knownKeys = new Set(job.knownKeys);
  }

  async run(): Promise<FloorResult> {
    const startedAt = performance.now();
    for (const pass of this.job.passes) await this.pass(pass);
    const seconds = (performance.now() - startedAt) / 1000;
    for (const { node } of this.kept.values()) node.close();
    return { seconds };
  }

  private async pass(pass: Pass): Promise<void> {
    const work = this.workOf(pass);
    await Promise.all(pass.nodes.map((name) => this.visit(name, work)));
  }

  private workOf(pass: Pass): Work {
    if (pass.kind === 'read') return (node) => node.read();
    const key = fingerprint(this.newKey);
    const placement: Placement = pass.kind === 'make' ? { kind: 'hold', key } : this.ours(pass.placement);
    const { expired, pauseMs } = pass;
    return (node) => node.place({ placement, expired, pauseMs, textOf: () => encodeKey(this.newKey) });
  }

  private ours(placement: Placement): Placement {
    if (!('key' in placement) || this.knownKeys.has(placement.key)) return placement;
    return { ...placement, key: fingerprint(this.newKey) };
  }

  private async visit(name: string, work: Work): Promise<void> {
    const connection = this.kept.get(name) ?? (await this.open(name));
    this.budget.wake(connection);
    await work(connection.node);
    this.budget.rest(connection);
  }

  private async open(name: string): Promise<Kept> {
    const node = await this.handshakes.run(async () => {
      await this.budget.take();
      return PlainNode.connect(this.nodes.get(name)!, this.account);
    });
    const connection: Kept = {
      node,
      close: () => {
        node.close();
        this.kept.delete(name);
        this.budget.free(connection);
      },
    };
    this.kept.set(name, connection);
    return connection;
  }
}

/** A child of the benchmark, which sends the job. */
process.once('message', (job: FloorJob) => {
  void new Floor(job).run().then((result) => process.send!(result, () => process.disconnect()));
});
