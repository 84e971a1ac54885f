/** Those who run operations: a schedule, and an operator who looks every half a minute and helps where a person has to. */
import { inventoryChange } from '../core/inventory-change.js';
import type { Order } from '../core/orders.js';
import { standingOf } from '../core/membership.js';
import type { OperationKind, OperationResult } from '../core/rotation.js';
import { Operation } from '../engine/operation.js';
import { beginState, type OperationState } from '../engine/state.js';
import type { Faults } from './faults.js';
import type { Inventory } from './inventory.js';
import type { LedgerStore } from './ledger-store.js';
import type { Random } from './random.js';
import type { Safety } from './safety.js';
import type { Time } from './time.js';
import { SimulatedFailure } from './failure.js';
import { VirtualWorld, type WorldParts } from './world.js';

const LOOKS_EVERY_MS = 30_000;

interface Running {
  readonly kind: OperationKind;
  readonly name: string;
  readonly world: VirtualWorld;
  readonly operation: Operation;
  readonly state: OperationState;
  /** By true time. */
  readonly startedAt: number;
}

export interface OperatorParts {
  readonly time: Time;
  readonly random: Random;
  readonly faults: Faults;
  readonly inventory: Inventory;
  readonly safety: Safety;
  readonly store: LedgerStore;
  readonly worldParts: WorldParts;
  readonly everyMs: number;
  readonly onEnd: (result: OperationResult, startedAt: number) => void;
}

export class Operator {
  readonly outcomes: Record<string, number> = {};
  completedRotations = 0;
  private running: Running | null = null;
  private started = 0;
  private nextRotationAt = 0;
  /** The last operation did not reach what it was to. */
  private needsHelp = false;

  constructor(private readonly parts: OperatorParts) {}

  get isIdle(): boolean {
    return this.running === null;
  }

  /** What runs, and what is in its way. */
  describe(): string {
    const { running } = this;
    if (!running) return `nothing runs${this.needsHelp ? ', the last operation did not complete' : ''}`;
    const { phase, reason, blocking } = running.state;
    return `${running.kind}, ${phase}: ${reason} ${JSON.stringify(blocking.slice(0, 3))}`;
  }

  start(): void {
    this.parts.time.after(LOOKS_EVERY_MS, 'operator', '', () => {
      this.look();
      this.start();
    });
  }

  run(kind: OperationKind, orders: readonly Order[] = []): void {
    const { safety, time } = this.parts;
    const name = `operation-${++this.started}`;
    if (kind === 'revoke') safety.isRevoking = true;
    this.launch(kind, name, beginState(time.now, orders), time.now);
  }

  /** From outside, without a word to it. */
  terminate(): void {
    const { running } = this;
    if (!running) return;
    this.parts.time.note('terminated', running.name);
    running.world.isTerminated = true;
    this.running = null;
    this.needsHelp = true;
  }

  private launch(kind: OperationKind, name: string, state: OperationState, startedAt: number): void {
    const world = new VirtualWorld(this.parts.worldParts);
    const request = { kind, fleet: 'simulated', reason: 'simulated', startedBy: 'simulator' };
    const operation = new Operation(world, request, state, {
      workflowId: 'rotation',
      runId: name,
      operation: name,
    });
    const running: Running = { kind, name, world, operation, state, startedAt };
    this.running = running;
    this.parts.time.note(`starts ${kind}`, name);
    operation.run().then(
      (end) => {
        if (end.kind === 'ended') return this.ended(running, end.result);
        this.launch(kind, name, JSON.parse(JSON.stringify(state)) as OperationState, startedAt);
      },
      (error: unknown) => this.broke(running, error),
    );
  }

  private ended({ kind, state, startedAt, name }: Running, result: OperationResult): void {
    const { store, inventory, time, onEnd } = this.parts;
    time.note(`${result.outcome}: ${result.error?.message ?? ''}`, name);
    this.running = null;
    this.needsHelp = result.outcome !== 'completed';
    this.outcomes[result.outcome] = (this.outcomes[result.outcome] ?? 0) + 1;
    if (kind === 'rotate' && result.outcome === 'completed') this.completedRotations++;
    for (const order of state.orders) store.order(order, inventory.names, time.now);
    onEnd(result, startedAt);
  }

  private broke({ name }: Running, error: unknown): void {
    this.running = null;
    this.needsHelp = true;
    if (error instanceof SimulatedFailure) return;
    const stack = error instanceof Error ? error.stack : String(error);
    this.parts.safety.violated('unexpected', `${name} broke: ${stack}`);
  }

  // What is looked at every half a minute.

  private look(): void {
    const { running, parts } = this;
    if (running) this.attend(running);
    else if (parts.time.now >= this.nextRotationAt && !this.needsHelp && parts.random.chance(0.8)) {
      this.nextRotationAt = parts.time.now + parts.everyMs;
      this.run('rotate');
    } else this.care();
    if (parts.faults.has('operator') && parts.random.chance(0.05)) this.changeFleet();
  }

  private attend(running: Running): void {
    const { faults, random } = this.parts;
    const { state } = running;
    if (faults.has('terminate') && random.chance(0.02)) return this.terminate();
    if (state.isPaused && (!faults.has('operator') || random.chance(0.3))) this.say(running, 'resume');
    else if (faults.has('operator') && random.chance(0.03))
      this.say(running, random.pick(['pause', 'abort', 'retry']));
    this.acceptInventory((order) => this.order(running, order));
    if (state.outcome !== 'blocked' || state.isPaused) return;
    if (!faults.areOn || random.chance(0.3)) this.order(running, ...this.repairs(state.blocking));
    this.repeatFences((order) => this.order(running, order));
  }

  /** Nothing runs. */
  private care(): void {
    const { store, inventory, random, faults, time, safety } = this.parts;
    const say = (order: Order) => store.order(order, inventory.names, time.now);
    this.repeatFences(say);
    this.acceptInventory(say);
    const isWaiting = inventory.nodes.some(
      ({ serves, excuse, name }) => excuse || (!serves && !inventory.fenced.has(name)),
    );
    if (faults.has('revoke') && !safety.isRevoking && random.chance(0.01)) this.run('revoke');
    else if (this.needsHelp || isWaiting) this.run('reconcile', this.repairs(null));
  }

  private say({ operation, world }: Running, answer: 'pause' | 'resume' | 'abort' | 'retry'): void {
    if (operation.objectionToAnswer(answer) !== null) return;
    operation.answer(answer);
    world.poke();
  }

  private order({ operation, world }: Running, ...orders: Order[]): void {
    for (const order of orders) if (operation.objectionTo(order) === null) operation.order(order);
    world.poke();
  }

  /** Whoever reads `rotor verify` and says yes to everything. */
  private repairs(blocking: OperationState['blocking'] | null): Order[] {
    const { inventory, store } = this.parts;
    const named = blocking && new Set(blocking.map(({ node }) => node));
    const nodes = inventory.nodes.filter(({ name, excuse, primary, serves }) =>
      named ? named.has(name) : excuse !== null || (primary === undefined && !serves),
    );
    if (nodes.length === 0) return [];
    const approved = nodes.flatMap(({ primary }) =>
      primary !== undefined && !store.ledger.keys[primary]?.trusted ? [primary] : [],
    );
    return [{ kind: 'reconcile', nodes: nodes.map(({ name }) => name), approved }];
  }

  /** A word that was lost with an operation is said again. */
  private repeatFences(say: (order: Order) => void): void {
    const { inventory, store } = this.parts;
    if (Object.keys(store.ledger.nodes).length === 0) return;
    for (const { name } of inventory.nodes) {
      const isFenced = standingOf(store.ledger, name) === 'fenced';
      if (isFenced !== inventory.fenced.has(name)) say({ kind: isFenced ? 'unfence' : 'fence', node: name });
    }
  }

  /** Nodes leave without being fenced first, and a small fleet doubles. */
  private acceptInventory(say: (order: Order) => void): void {
    const { inventory, store } = this.parts;
    const { names } = inventory;
    if (inventoryChange(store.ledger, names) !== null) say({ kind: 'inventory', nodes: names });
  }

  private changeFleet(): void {
    const { inventory, random, safety, time } = this.parts;
    const node = random.pick(inventory.nodes);
    const others = inventory.nodes.filter((other) => other !== node && other.serves);
    switch (random.pick(['fence', 'unfence', 'unfence', 'add', 'remove'] as const)) {
      case 'fence':
        if (others.length < 2 || !node.serves) return;
        inventory.fence(node);
        safety.changed(node);
        safety.forgetLostKeys();
        return this.tell({ kind: 'fence', node: node.name });
      case 'unfence':
        return this.unfenceAll();
      case 'add':
        if (inventory.nodes.length < 60) inventory.add(time.now);
        return;
      case 'remove':
        if (others.length < 3) return;
        inventory.remove(node);
        safety.changed(node);
        safety.forgetLostKeys();
    }
  }

  unfenceAll(): void {
    const { inventory, time } = this.parts;
    for (const name of [...inventory.fenced]) {
      inventory.unfence(inventory.named(name)!, time.now);
      this.tell({ kind: 'unfence', node: name });
    }
  }

  private tell(order: Order): void {
    const { store, inventory, time } = this.parts;
    if (this.running) this.order(this.running, order);
    else store.order(order, inventory.names, time.now);
  }
}
