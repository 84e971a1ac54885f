/** The engine's world, made of virtual nodes, workers and time. One for each run of an operation. */
import type { Ledger } from '../core/ledger.js';
import type {
  FleetDescription,
  MakeOutcome,
  MakeRequest,
  NodeOutcome,
  NodeReading,
  PlaceRequest,
  ProbeRequest,
} from '../core/messages.js';
import type { OperationResult } from '../core/rotation.js';
import type { World } from '../engine/world.js';
import type { Activities } from './activities.js';
import { SimulatedFailure } from './failure.js';
import type { LedgerStore } from './ledger-store.js';
import type { Runner } from './network.js';
import type { Random } from './random.js';
import type { Time } from './time.js';
import type { Workers } from './workers.js';

export interface WorldParts {
  readonly time: Time;
  readonly random: Random;
  readonly workers: Workers;
  readonly activities: Activities;
  readonly store: LedgerStore;
  readonly describeFleet: () => FleetDescription;
  /** The clock of Temporal's server is as good as any other. */
  readonly serverOffsetMs: () => number;
  /** Everything that leaves a node or an operation, to be searched for keys. */
  readonly onMessage: (message: unknown) => void;
  readonly onLedger: (ledger: Ledger) => void;
  /** A planted mistake: what is done to a survey before the planner sees it. */
  readonly distort: (readings: NodeReading[]) => NodeReading[];
}

/** Temporal and a worker answer at once, compared with nodes. */
const RECORD_MS = 5;

/** Histories grow too long once in a while. */
const TIRED = 0.01;

export class VirtualWorld implements World {
  /** The operation was terminated: nothing of it ever goes on. */
  isTerminated = false;
  private waiting: { readonly isTrue: () => boolean; readonly resolve: () => void }[] = [];

  constructor(private readonly parts: WorldParts) {}

  now(): number {
    return this.parts.time.now + this.parts.serverOffsetMs();
  }

  waitFor(isTrue: () => boolean, atMostMs: number): Promise<void> {
    const { time } = this.parts;
    return new Promise((resolve) => {
      const finish = () => {
        this.waiting = this.waiting.filter((each) => each !== waiter);
        if (!this.isTerminated) time.settle(resolve);
      };
      const waiter = { isTrue, resolve: finish };
      if (isTrue()) return finish();
      this.waiting.push(waiter);
      if (atMostMs !== Infinity) time.after(atMostMs, 'timer', 'operation', finish);
    });
  }

  /** Somebody has said something to the operation. */
  poke(): void {
    for (const { resolve } of this.waiting.filter(({ isTrue }) => isTrue())) resolve();
  }

  describeFleet(): Promise<FleetDescription> {
    return this.record(() => this.parts.describeFleet());
  }

  async survey({ nodes }: { nodes: readonly string[] }): Promise<NodeReading[]> {
    const readings = await this.run('survey', (runner) => this.parts.activities.survey(nodes, runner));
    return this.parts.distort(readings);
  }

  place(request: PlaceRequest): Promise<NodeOutcome[]> {
    const names = request.nodes.map(({ node }) => node);
    this.parts.time.note(`${JSON.stringify(request.placement)} on`, names.slice(0, 5).join(' '));
    return this.run('place', (runner) => this.parts.activities.place(request, runner));
  }

  make(request: MakeRequest): Promise<MakeOutcome> {
    return this.run('make', (runner) => this.parts.activities.make(request, runner));
  }

  probe(request: ProbeRequest): Promise<NodeOutcome[]> {
    return this.run('probe', (runner) => this.parts.activities.probe(request, runner));
  }

  openLedger(operation: string): Promise<Ledger> {
    return this.record(() => this.parts.store.open(operation));
  }

  saveLedger(operation: string, ledger: Ledger): Promise<void> {
    return this.record(() => {
      this.parts.store.save(operation, ledger);
      this.parts.onMessage(ledger);
      this.parts.onLedger(ledger);
    });
  }

  closeLedger(operation: string, ledger: Ledger, result: OperationResult): Promise<void> {
    return this.record(() => {
      this.parts.store.close(operation, ledger);
      this.parts.onMessage([ledger, result]);
      this.parts.onLedger(ledger);
    });
  }

  problemOf(error: unknown): { code: string; message: string } {
    if (!(error instanceof SimulatedFailure) || error.code === 'ledger-busy') throw error;
    return { code: error.code, message: error.message };
  }

  isTired(): boolean {
    return this.parts.random.chance(TIRED);
  }

  private async run<T>(what: string, work: (runner: Runner) => Promise<T>): Promise<T> {
    const { workers, onMessage } = this.parts;
    const result = await this.whileAlive(workers.run(what, () => !this.isTerminated, work));
    onMessage(result);
    return result;
  }

  private async record<T>(act: () => T): Promise<T> {
    await this.whileAlive(this.parts.time.sleep(RECORD_MS, 'record', 'operation'));
    return act();
  }

  /** Of a terminated operation nothing ever goes on. */
  private async whileAlive<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } finally {
      if (this.isTerminated) await new Promise(() => {});
    }
  }
}
