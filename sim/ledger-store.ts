/** The fleet's workflow: holds the ledger, and takes writes from the operation that opened last alone. */
import { EMPTY_LEDGER, type Ledger } from '../core/ledger.js';
import { followOrder, objectionTo, type Order } from '../core/orders.js';
import { SimulatedFailure } from './failure.js';

export class LedgerStore {
  ledger: Ledger = EMPTY_LEDGER;
  private operation: string | null = null;

  open(operation: string): Ledger {
    this.operation = operation;
    return copyOf(this.ledger);
  }

  save(operation: string, ledger: Ledger): void {
    this.mustBeOpen(operation);
    this.ledger = copyOf(ledger);
  }

  close(operation: string, ledger: Ledger): void {
    this.save(operation, ledger);
    this.operation = null;
  }

  /** What an operator says while no operation is open. */
  order(order: Order, inventory: readonly string[], now: number): void {
    if (objectionTo(order, this.ledger, inventory) === null)
      this.ledger = followOrder(this.ledger, order, inventory, now);
  }

  /** Temporal's database is gone. */
  lose(): void {
    this.ledger = EMPTY_LEDGER;
    this.operation = null;
  }

  private mustBeOpen(operation: string): void {
    if (operation !== this.operation)
      throw new SimulatedFailure('ledger-busy', `${operation} was superseded by ${this.operation}`);
  }
}

/** As it goes through Temporal. */
function copyOf(ledger: Ledger): Ledger {
  return JSON.parse(JSON.stringify(ledger)) as Ledger;
}
