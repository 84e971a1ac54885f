/** What a fresh look at the nodes found. Only this is evidence; what was written earlier is a hope. */
import type { Problem } from './problems.js';
import type { Fingerprint, Repository } from './repository.js';

export interface NodeView {
  readonly name: string;
  readonly site: string;
  /** An operator has said that this node serves no traffic. */
  readonly fenced: boolean;
  /** False when this look could not read the node; then `repository` is empty and says nothing. */
  readonly reachable: boolean;
  readonly repository: Repository;
  /** What is wrong on the node by itself; what only a comparison shows is in `sync.ts`. */
  readonly problems: readonly Problem[];
  /** The node's Keystone can be asked whether it accepts a key. */
  readonly canBeProbed: boolean;
  /** Keys that the node's running Keystone accepted, asked in this operation. */
  readonly accepted: readonly Fingerprint[];
  /** The node's clock minus the worker's, when a visit measured it. */
  readonly clockOffsetMs?: number;
}

export interface Survey {
  /** Before the first node was read; the age of the evidence counts from here. Milliseconds since the epoch. */
  readonly startedAt: number;
  /** After the last node was read; what was true then was true at the latest at this time. */
  readonly at: number;
  readonly nodes: readonly NodeView[];
}

export function servingNodes(survey: Survey): NodeView[] {
  return survey.nodes.filter((node) => !node.fenced);
}

/** Serving nodes that this look could read. */
export function readNodes(survey: Survey): NodeView[] {
  return servingNodes(survey).filter((node) => node.reachable);
}

export function largestClockOffsetMs(survey: Survey): number {
  return Math.max(0, ...survey.nodes.map((node) => Math.abs(node.clockOffsetMs ?? 0)));
}
