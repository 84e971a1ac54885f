/**
 * Everything outside of an operation that it needs: nodes, the ledger's place, time. In production these are Temporal's
 * activities and timers, in the simulator virtual nodes.
 */
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

export interface World {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after this time, or as soon as the condition holds. */
  waitFor(condition: () => boolean, atMostMs: number): Promise<void>;

  describeFleet(): Promise<FleetDescription>;
  survey(request: { readonly nodes: readonly string[] }): Promise<NodeReading[]>;
  place(request: PlaceRequest): Promise<NodeOutcome[]>;
  make(request: MakeRequest): Promise<MakeOutcome>;
  probe(request: ProbeRequest): Promise<NodeOutcome[]>;

  /** Makes this operation the only one that may write the ledger, and returns it. */
  openLedger(operation: string): Promise<Ledger>;
  saveLedger(operation: string, ledger: Ledger): Promise<void>;
  closeLedger(operation: string, ledger: Ledger, result: OperationResult): Promise<void>;

  /** The problem that an error of these functions stands for; throws what ends the operation whatever it was at. */
  problemOf(error: unknown): { readonly code: string; readonly message: string };
  /** The history has grown so long that the operation should go on in a new one. */
  isTired(): boolean;
}
