/** What a fresh look at the nodes found. Only this is evidence; what was written earlier is a hope. */
import type { KeystoneSettings } from './keystone-settings.js';
import type { Problem } from './problems.js';
import { keysOf, type Contents, type Fingerprint } from './repository.js';

export interface NodeView extends Contents {
  readonly name: string;
  readonly site: string;
  /** False when this look could not read the node; then `repository` is empty and says nothing. */
  readonly reachable: boolean;
  /** What is wrong on the node by itself; what only a comparison shows is in `sync.ts`. */
  readonly problems: readonly Problem[];
  /** The node's Keystone can be asked whether it accepts a key. */
  readonly canBeProbed: boolean;
  /** Keys that the node's running Keystone accepted, asked in this operation. */
  readonly accepted: readonly Fingerprint[];
  /** The node's clock minus the worker's, when a visit measured it. */
  readonly clockOffsetMs?: number;
  /** What its own keystone.conf says, when it was read. */
  readonly settings?: KeystoneSettings;
}

interface Clock {
  readonly clockOffsetMs?: number;
}

export interface Survey {
  /** Before the first node was read; the age of the evidence counts from here. Milliseconds since the epoch. */
  readonly startedAt: number;
  /** After the last node was read; what was true then was true at the latest at this time. */
  readonly at: number;
  readonly nodes: readonly NodeView[];
}

/** Every key that one of these nodes has, once. */
export function keysOn(nodes: readonly NodeView[]): Fingerprint[] {
  return [...new Set(nodes.flatMap((node) => [...keysOf(node.repository)]))];
}

/** How many of these nodes hold each key. */
export function countHolders(nodes: readonly NodeView[]): Map<Fingerprint, number> {
  const holders = new Map<Fingerprint, number>();
  for (const { repository } of nodes)
    for (const key of keysOf(repository)) holders.set(key, (holders.get(key) ?? 0) + 1);
  return holders;
}

/**
 * How far the clocks of any two nodes, the worker's among them, are apart: as this operation has measured them, or else the
 * last one that did.
 */
export function clockSpreadMs(survey: Survey, measured: Readonly<Record<string, Clock>>): number {
  const offsets = survey.nodes.map((node) => node.clockOffsetMs ?? measured[node.name]?.clockOffsetMs ?? 0);
  return (
    offsets.reduce((most, offset) => Math.max(most, offset), 0) -
    offsets.reduce((least, offset) => Math.min(least, offset), 0)
  );
}
