/** Which nodes count: a node is excused by an operator's word only, and a new one serves only when it has every key. */
import type { Ledger } from './ledger.js';
import type { NodeView, Survey } from './survey.js';

export type Standing =
  /** Counts for everything: it may issue tokens, and has to read those of all others. */
  | 'serving'
  /** New, or coming back: it is brought every key, is never a source of any, and then serves. */
  | 'joining'
  /** An operator has said that it serves no traffic: nobody waits for it and nothing is written there. */
  | 'fenced';

export interface NodeRecord {
  readonly standing: Standing;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** The node's clock minus the worker's, when a visit last measured it. */
  readonly clockOffsetMs?: number;
}

/** A node that the ledger does not know is new, unless it knows none at all: then this is the first contact. */
export function standingOf(ledger: Pick<Ledger, 'nodes'>, name: string): Standing {
  const record = ledger.nodes[name];
  if (record) return record.standing;
  return Object.keys(ledger.nodes).length === 0 ? 'serving' : 'joining';
}

export function nodesOf(survey: Survey, ledger: Pick<Ledger, 'nodes'>, standing: Standing): NodeView[] {
  return survey.nodes.filter((node) => standingOf(ledger, node.name) === standing);
}

export function servingNodes(survey: Survey, ledger: Pick<Ledger, 'nodes'>): NodeView[] {
  return nodesOf(survey, ledger, 'serving');
}

/** Serving nodes that this look could read. */
export function readNodes(survey: Survey, ledger: Pick<Ledger, 'nodes'>): NodeView[] {
  return servingNodes(survey, ledger).filter((node) => node.reachable);
}
