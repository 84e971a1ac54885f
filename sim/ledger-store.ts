/** The fleet's workflow: holds the ledger, and takes writes from the operation that opened last alone. */
import {
  closed,
  ended,
  isClosed,
  objectionToClosing,
  objectionToOpening,
  objectionToWriting,
  opened,
  written,
  type Custody,
} from '../core/custody.js';
import { EMPTY_LEDGER, nextRevision, type Ledger } from '../core/ledger.js';
import { followOrder, objectionTo, type Order } from '../core/orders.js';
import { SimulatedFailure } from './failure.js';

const NOTHING: Custody = { ledger: EMPTY_LEDGER, operation: null, past: [] };

export class LedgerStore {
  private custody: Custody = NOTHING;

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
    const ledger = nextRevision(followOrder(this.ledger, order, inventory, now));
    this.custody = { ...ended(this.custody), ledger };
  }

  /** Temporal's database is gone. */
  lose(): void {
    this.custody = NOTHING;
  }
}

function refuse(objection: string | null): void {
  if (objection !== null) throw new SimulatedFailure('ledger-busy', objection);
}

/** As it goes through Temporal. */
function copyOf(ledger: Ledger): Ledger {
  return JSON.parse(JSON.stringify(ledger)) as Ledger;
}
