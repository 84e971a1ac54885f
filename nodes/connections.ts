import { Limit } from '../core/limit.js';
import { ConnectionBudget, type Resting } from './connection-budget.js';
import { NodeError } from './node-error.js';
import type { ExaminedFiles, SystemFiles } from './repository-files.js';
import { endSession, openSession, type NodeAddress, type Session } from './session.js';
import { Turns } from './turns.js';

/**
 * Visits at work at the same time. Enough where hosts are far away, and below the 1,024 sockets from which on libuv looks for more that are
 * ready, 48 times, before a timer has its turn (`uv__io_poll`): heartbeats would go missing, and with them whole batches.
 */
const MOST_VISITS = 1_000;
/** Handshakes are what a rotation costs, so a connection is kept over its steps, of thousands of nodes too. */
const IDLE_MS = 120_000;

/** What is done on a node. */
export type NodeVisit<T> = (files: ExaminedFiles, system: SystemFiles) => Promise<T>;

interface Slot extends Resting {
  /** What it is found by. */
  readonly key: string;
  session: Session | null;
  /** Settles when the visits before are over: one visit at a time on a node. Holds nothing of what they found. */
  last: Promise<void>;
  /** At work, or waiting for their turn. */
  visits: number;
  idle: NodeJS.Timeout | null;
}

/** One SSH connection a node, kept for a while between visits, and never more than so many at the same time. */
export class NodeConnections {
  private readonly slots = new Map<string, Slot>();
  private readonly budget: ConnectionBudget;
  private readonly turns = new Turns();
  private readonly visits = new Limit(MOST_VISITS);
  private readonly sites: ReadonlyMap<string, Limit>;

  /**
   * @param most connections that may be open at the same time
   * @param atOnce most nodes of a site that are visited at the same time, for sites where that is limited
   */
  constructor(most: number, atOnce: ReadonlyMap<string, number> = new Map()) {
    this.budget = new ConnectionBudget(most);
    this.sites = new Map([...atOnce].map(([site, visits]) => [site, new Limit(visits)]));
  }

  /**
   * Visits a node with an open connection; visits to one node follow each other. A visit that fails for the connection's
   * sake drops it, so that the next one starts afresh; one over a connection that was kept is made again at once, because
   * that may have been dead for a while, and says nothing of the node.
   *
   * @param visit may be called twice, as it may be by two workers after each other
   *
   * @throws NodeError
   */
  use<T>(node: NodeAddress, visit: NodeVisit<T>): Promise<T> {
    const slot = this.slotOf(node);
    const site = this.sites.get(node.site);
    const visiting = () => this.visit(slot, node, visit);
    const begin = () => (site ? site.run(visiting) : visiting());
    const turn = slot.visits === 0 ? begin() : slot.last.then(begin);
    const over = () => {
      slot.visits--;
      this.forget(slot);
    };
    slot.visits++;
    slot.last = turn.then(over, over);
    return turn;
  }

  async close(): Promise<void> {
    for (const slot of this.slots.values()) {
      await slot.last;
      slot.close();
    }
  }

  private slotOf(node: NodeAddress): Slot {
    // Whoever is reached in another way is another connection: an edit of the inventory takes effect at once.
    const key = JSON.stringify(node);
    const known = this.slots.get(key);
    if (known) return known;
    const slot: Slot = {
      key,
      session: null,
      last: Promise.resolve(),
      visits: 0,
      idle: null,
      close: () => this.drop(slot),
    };
    this.slots.set(key, slot);
    return slot;
  }

  private async visit<T>(slot: Slot, node: NodeAddress, visit: NodeVisit<T>): Promise<T> {
    const wasKept = slot.session?.isOpen === true;
    const { files, system } = await this.sessionOf(slot, node);
    try {
      return await this.visits.run(() => visit(files, system));
    } catch (error) {
      if (!(error instanceof NodeError) || error.code !== 'unreachable') throw error;
      this.drop(slot);
      if (!wasKept) throw error;
    } finally {
      if (slot.session) this.rest(slot);
    }
    return this.visit(slot, node, visit);
  }

  private sessionOf(slot: Slot, node: NodeAddress): Promise<Session> {
    if (slot.idle) clearTimeout(slot.idle);
    this.budget.wake(slot);
    if (slot.session && !slot.session.isOpen) this.drop(slot);
    return slot.session ? this.checkPinned(slot, slot.session) : this.open(slot, node);
  }

  /**
   * A place is taken when its turn has come and not before, because that may close a connection that rests: its own visit is to have
   * come first, when a pass reaches all nodes at a time.
   */
  private async open(slot: Slot, node: NodeAddress): Promise<Session> {
    let hasPlace = false;
    const takePlace = async () => {
      await this.budget.take();
      hasPlace = true;
    };
    try {
      slot.session = await openSession(node, this.turns, takePlace);
      return slot.session;
    } catch (error) {
      if (hasPlace) this.budget.free(slot);
      throw error;
    }
  }

  /** A connection is no longer good when a host key on its way is no longer pinned. */
  private async checkPinned(slot: Slot, session: Session): Promise<Session> {
    try {
      for (const link of session.links) await link.checkPinned();
      return session;
    } catch (error) {
      this.drop(slot);
      throw error;
    }
  }

  private rest(slot: Slot): void {
    slot.idle = setTimeout(() => this.drop(slot), IDLE_MS).unref();
    this.budget.rest(slot);
  }

  private drop(slot: Slot): void {
    if (slot.idle) clearTimeout(slot.idle);
    if (!slot.session) return;
    endSession(slot.session);
    slot.session = null;
    this.budget.free(slot);
    this.forget(slot);
  }

  /** What is kept is to grow with what is open, and not with the fleet. */
  private forget(slot: Slot): void {
    if (slot.session === null && slot.visits === 0) this.slots.delete(slot.key);
  }
}
