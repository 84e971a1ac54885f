/**
 * Who may write the ledger on record. An attempt to write that timed out may still be running, and so may whatever an
 * operation sent before it was ended, so nothing here goes by who comes last: the operation that opened last is the only
 * writer, one that ended or was superseded never opens again, and each write has to be newer than what is on record.
 */
import { EMPTY_LEDGER, nextRevision, type Ledger } from './ledger.js';
import { followOrder, type Order } from './orders.js';

export interface Custody {
  readonly ledger: Ledger;
  /** The operation that may write, as `workflow ID/first run ID`; null when none is open. */
  readonly operation: string | null;
  /** Operations that have ended or were superseded, the last one first. */
  readonly past: readonly string[];
}

/** What an operation sends. */
export interface LedgerWrite {
  readonly operation: string;
  readonly ledger: Ledger;
}

/** Of a fleet that nobody has ever worked on. */
export const NOTHING_ON_RECORD: Custody = { ledger: EMPTY_LEDGER, operation: null, past: [] };

/** What an operation goes on with whose custody was lost, as when somebody ended the fleet's workflow: all that it writes. */
export function restored({ operation, ledger }: LedgerWrite): Custody {
  return { ...NOTHING_ON_RECORD, operation, ledger };
}

/** Far more than can have a message on its way still. */
const MOST_PAST = 20;

/** Why the operation can't become the writer; null when it can. */
export function objectionToOpening(custody: Custody, operation: string): string | null {
  return custody.past.includes(operation) ? `operation ${operation} has ended already` : null;
}

export function opened(custody: Custody, operation: string): Custody {
  return custody.operation === operation ? custody : { ...ended(custody), operation };
}

/** Why the ledger can't be taken from this operation; null when it can. A write that is sent again is no other one. */
export function objectionToWriting(custody: Custody, { operation, ledger }: LedgerWrite): string | null {
  if (custody.operation === null) return `operation ${operation} has ended already`;
  if (operation !== custody.operation) return `operation ${operation} was superseded by ${custody.operation}`;
  const { revision } = custody.ledger;
  return ledger.revision < revision ? `revision ${ledger.revision} is older than ${revision}` : null;
}

export function written(custody: Custody, { ledger }: LedgerWrite): Custody {
  return { ...custody, ledger };
}

/** As for any write; but whoever sends its end again, because the reply was lost, is answered as before. */
export function objectionToClosing(custody: Custody, write: LedgerWrite): string | null {
  return isClosed(custody, write) ? null : objectionToWriting(custody, write);
}

export function closed(custody: Custody, write: LedgerWrite): Custody {
  return ended(written(custody, write));
}

/** This very end is on record already, and nobody has opened since. */
export function isClosed({ operation, past }: Custody, write: LedgerWrite): boolean {
  return operation === null && past[0] === write.operation;
}

/** The operation that is open will not be heard again. */
export function ended(custody: Custody): Custody {
  const { operation, past } = custody;
  if (operation === null) return custody;
  return { ...custody, operation: null, past: [operation, ...past].slice(0, MOST_PAST) };
}

/**
 * What an operator says while no operation is open. Whoever a client found ended may have a write on its way, which must not
 * undo the order.
 */
export function ordered(custody: Custody, order: Order, inventory: readonly string[], at: number): Custody {
  const ledger = nextRevision(followOrder(custody.ledger, order, inventory, at));
  return { ...ended(custody), ledger };
}
