/** What one run of the checker starts from, and its bounds. */
import type { Budget } from './state.js';

export type Operation = 'rotate' | 'reconcile' | 'revoke';

export interface Scenario {
  readonly name: string;
  readonly nodes: number;
  /** What each orchestrator does, one operation after the other. The first begins at once, another whenever it likes. */
  readonly programmes: readonly (readonly Operation[])[];
  /** All nodes have this; `0:S 1:P`. */
  readonly start: string;
  /** What some nodes have instead, by node. */
  readonly startOf?: Readonly<Record<number, string>>;
  /** Looks that the first orchestrator had before the start: at which tick all nodes had what. */
  readonly history?: readonly (readonly [tick: number, repository: string])[];
  readonly budget: Partial<Budget>;
  /** What `restore` puts on a node. */
  readonly oldCopy?: string;
  /** How long a token lives, in ticks. */
  readonly lifetime?: number;
  /** Of the policy, in ticks. */
  readonly margin?: number;
  /** How far each node's clock is ahead, in ticks. */
  readonly clocks?: readonly number[];
  /** Nodes that an operator has fenced before the start. */
  readonly fenced?: readonly number[];
  /** Nodes whose running Keystone still has what the start had, whatever is written there. All can be probed then. */
  readonly deaf?: readonly number[];
  /** Keystone's own; one more than the most files that a rotation leaves. */
  readonly maxActiveKeys?: number;
  /** Nodes are read in any order, not from first to last. */
  readonly readsInAnyOrder?: boolean;
}
