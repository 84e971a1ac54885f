/**
 * One fleet's life under faults, and its rest when they end. A step is one event: a request that reaches a node, its reply, a
 * timer, a Keystone's opening of a file, a fault.
 */
import type { Ledger } from '../core/ledger.js';
import type { NodeReading } from '../core/messages.js';
import type { OperationResult } from '../core/rotation.js';
import { Activities } from './activities.js';
import { Faults } from './faults.js';
import { Injector } from './injector.js';
import { Inventory } from './inventory.js';
import { Keystones } from './keystone.js';
import { Leaks } from './leaks.js';
import { LedgerStore } from './ledger-store.js';
import type { Network } from './network.js';
import { Operator } from './operator.js';
import { Random } from './random.js';
import { Safety, type Violation } from './safety.js';
import { describeSettings, drawSettings, type EpisodeOptions, type Settings } from './settings.js';
import { Time } from './time.js';
import { Workers } from './workers.js';

export interface EpisodeResult {
  readonly steps: number;
  /** The same for every run with the same options. */
  readonly hash: number;
  readonly violations: readonly Violation[];
  /** How many operations ended in which way. */
  readonly outcomes: Readonly<Record<string, number>>;
}

const MINUTE = 60_000;

/** Without faults every operation ends, and the fleet is in sync, within this time; most need a few minutes. */
const REST_WITHIN_MS = 6 * 60 * MINUTE;

/** Users' requests while a node is written to, and beside. */
const READS_AT_WRITE = 0.15;
const READS_EVERY_MS = 20_000;

/** Temporal's database is lost so often, at each look of the operator. */
const LEDGER_LOSS = 0.004;

export function runEpisode(options: EpisodeOptions): Promise<EpisodeResult> {
  return new Episode(options).run();
}

class Episode {
  private readonly time = new Time();
  private readonly random: Random;
  private readonly settings: Settings;
  private readonly faults: Faults;
  private readonly inventory: Inventory;
  private readonly safety: Safety;
  private readonly keystones: Keystones;
  private readonly leaks: Leaks;
  private readonly store = new LedgerStore();
  private readonly injector: Injector;
  private readonly operator: Operator;
  /** No operation has completed since the ledger was empty: it takes every node for one that serves. */
  private isLedgerUnproven = true;

  constructor(private readonly options: EpisodeOptions) {
    const { time } = this;
    const random = (this.random = new Random(options.seed));
    const settings = (this.settings = drawSettings(random));
    const faults = (this.faults = new Faults(random, new Set(options.faults), options.nodes));
    const inventory = (this.inventory = new Inventory(options.nodes, settings, random));
    const lifeMs = settings.expirationMs + settings.windowMs + settings.marginMs / 2;
    const safety = (this.safety = new Safety(time, lifeMs, () => inventory.nodes));
    this.keystones = new Keystones(time, random, safety);
    this.leaks = new Leaks(safety);
    this.injector = new Injector({ time, random, faults, inventory, safety, settings });
    this.operator = this.makeOperator();
  }

  async run(): Promise<EpisodeResult> {
    const { time, random, inventory, safety, injector, operator, options } = this;
    inventory.fill([random.bytes(32), random.bytes(32)]);
    for (const node of inventory.nodes) safety.changed(node);
    injector.start();
    operator.start();
    this.sendRequests();
    this.loseLedgers();
    const isViolated = () => safety.violations.length > 0;
    await time.runUntil(() => isViolated() || time.steps >= options.steps);
    if (!isViolated()) await this.comeToRest();
    return { steps: time.steps, hash: time.hash, violations: safety.violations, outcomes: operator.outcomes };
  }

  /** Liveness: once faults end, every operation ends, and one more rotation finds and leaves everything as it should be. */
  private async comeToRest(): Promise<void> {
    const { time, faults, injector, operator, safety } = this;
    time.note('faults end', '');
    faults.areOn = false;
    injector.heal();
    injector.serverOffsetMs = 0;
    operator.unfenceAll();
    const endsAt = time.now + REST_WITHIN_MS;
    const rotations = operator.completedRotations;
    const isAtRest = () => operator.isIdle && operator.completedRotations >= rotations + 2 && this.isInSync();
    await time.runUntil(() => safety.violations.length > 0 || time.now > endsAt || isAtRest());
    if (safety.violations.length > 0) return;
    if (!isAtRest())
      safety.violated('liveness', `not at rest in time: ${operator.describe()}; ${this.describeNodes()}`);
    const odd = this.inventory.nodes.filter((node) => !node.isWellFormed());
    if (odd.length > 0) safety.violated('I5', `not only keys on ${odd.map(({ name }) => name).join(', ')}`);
  }

  private isInSync(): boolean {
    const { inventory } = this;
    return inventory.nodes.every(({ serves }) => serves) && inventory.isInSync();
  }

  private describeNodes(): string {
    return this.inventory.nodes
      .filter(({ serves, excuse }) => !serves || excuse !== null)
      .slice(0, 5)
      .map(({ name, serves, excuse, repository }) =>
        JSON.stringify({ name, serves, excuse, standing: this.store.ledger.nodes[name], repository }),
      )
      .join('; ');
  }

  private makeOperator(): Operator {
    const { time, random, faults, inventory, safety, store, settings, options } = this;
    const workers = new Workers(time, random, faults);
    const network: Network = {
      time,
      random,
      faults,
      onWrite: (node) => {
        if (random.chance(READS_AT_WRITE)) this.keystones.read(node, settings.pauseMs);
      },
      onTrouble: (node) => this.injector.met(node),
    };
    const activities = new Activities({
      network,
      safety,
      sabotage: options.sabotage,
      nodeNamed: (name) => inventory.named(name),
      onKey: (encoded, bytes) => this.leaks.watch(encoded, bytes),
    });
    return new Operator({
      time,
      random,
      faults,
      inventory,
      safety,
      store,
      everyMs: settings.everyMs,
      onEnd: (result, startedAt) => this.operationEnded(result, startedAt),
      worldParts: {
        time,
        random,
        workers,
        activities,
        store,
        describeFleet: () => describeSettings(settings, inventory.describe(), options.sabotage),
        serverOffsetMs: () => this.injector.serverOffsetMs,
        onMessage: (message) => this.leaks.search(message),
        onLedger: (ledger) => this.ledgerSaved(ledger),
        distort: (readings) =>
          options.sabotage === 'ignore-unreachable' ? this.ignoreUnreachable(readings) : readings,
      },
    });
  }

  private sendRequests(): void {
    const { time, random, inventory, keystones, settings } = this;
    time.after(random.fraction() * 2 * READS_EVERY_MS, 'request', '', () => {
      keystones.read(random.pick(inventory.nodes), settings.pauseMs);
      this.sendRequests();
    });
  }

  private loseLedgers(): void {
    const { time, random, faults, store, operator, safety } = this;
    time.after(MINUTE, 'luck', '', () => {
      if (faults.has('ledger') && random.chance(LEDGER_LOSS)) {
        time.note("Temporal's database is lost", '');
        operator.terminate();
        store.lose();
        this.isLedgerUnproven = true;
        safety.isOrderUnknown = true;
      }
      if (faults.areOn) this.loseLedgers();
    });
  }

  private ledgerSaved(ledger: Ledger): void {
    const { safety, time } = this;
    if (ledger.intent.kind === 'revoke') {
      const revoked = Object.keys(ledger.keys).filter((key) => ledger.keys[key]!.revoked);
      safety.revoked = new Set([...safety.revoked, ...revoked]);
    } else safety.isRevoking = false;
    if (ledger.intent.kind === 'putBack') safety.putsBackUntil = time.now + 10 * MINUTE;
    if (!this.isLedgerUnproven) this.admit(ledger, null);
  }

  private operationEnded({ outcome }: OperationResult, startedAt: number): void {
    const { safety, store, inventory, injector } = this;
    safety.reconsiderExcuses(startedAt);
    if (outcome !== 'completed') return;
    this.isLedgerUnproven = false;
    this.admit(store.ledger, startedAt);
    if (!inventory.isInSync()) return;
    injector.inSync();
    safety.orderIsKnown();
  }

  private admit(ledger: Ledger, provenSince: number | null): void {
    for (const node of this.inventory.admitted(ledger, provenSince)) {
      node.serves = true;
      this.safety.changed(node);
    }
  }

  /** A planted mistake: a node that can't be read drops out of what is looked at. */
  private ignoreUnreachable(readings: NodeReading[]): NodeReading[] {
    const like = readings.find(({ reachable }) => reachable);
    return readings.map((reading) =>
      reading.reachable || !like ? reading : { ...like, node: reading.node },
    );
  }
}
