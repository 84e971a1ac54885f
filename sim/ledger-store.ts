/** The fleet's workflow: holds the ledger, and takes writes from the operation that opened last alone. */
import {
  NOTHING_ON_RECORD,
  closed,
  isClosed,
  objectionToClosing,
  objectionToOpening,
  objectionToWriting,
  opened,
  ordered,
  written,
  type Custody,
} from '../core/custody.js';
import type { Ledger } from '../core/ledger.js';
import { objectionTo, type Order } from '../core/orders.js';
import { SimulatedFailure } from './failure.js';

export class LedgerStore {
  private custody: Custody = NOTHING_ON_RECORD;

  get ledger(): Ledger {
    return this.custody.ledger;
  }

  open(operation: string): Ledger {
    refuse(objectionToOpening(this.custody, operation));
    this.custody = opened(this.custody, operation);
    return copyOf(this.ledger);
  }

  save(operation: string, ledger: Ledger): void {
    const write = { operation, ledger: copyOf(ledger) };
    refuse(objectionToWriting(this.custody, write));
    this.custody = written(this.custody, write);
  }

  close(operation: string, ledger: Ledger): void {
    const write = { operation, ledger: copyOf(ledger) };
    refuse(objectionToClosing(this.custody, write));
    if (!isClosed(this.custody, write)) this.custody = closed(this.custody, write);
  }

  /** What an operator says while no operation is open. */
  order(order: Order, inventory: readonly string[], now: number): void {
    if (objectionTo(order, this.ledger, inventory) !== null) return;
    this.custody = ordered(this.custody, order, inventory, now);
  }

  /** Temporal's database is gone. */
  lose(): void {
    this.custody = NOTHING_ON_RECORD;
  }
}

function refuse(objection: string | null): void {
  if (objection !== null) throw new SimulatedFailure('ledger-busy', objection);
}

/** As it goes through Temporal. */
function copyOf(ledger: Ledger): Ledger {
  return JSON.parse(JSON.stringify(ledger)) as Ledger;
}
