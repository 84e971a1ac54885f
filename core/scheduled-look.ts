/** What a look between rotations found, as the next one and those who watch want to know it. */
import type { NodeProblem } from './decision.js';
import type { FleetView } from './fleet-view.js';
import type { Problem } from './problems.js';

export interface ScheduledLook {
  /** ISO 8601 in UTC, as all times here. */
  readonly at: string;
  readonly inSync: boolean;
  /** What is wrong; an empty node is the fleet as a whole. */
  readonly drift: readonly NodeProblem[];
  /** Nodes that could not be read, and when each was read last; null for never. */
  readonly unread: Readonly<Record<string, string | null>>;
}

/** @param before the look before this one; null when there was none */
export function scheduledLookOf(
  { at, inSync, nodes }: FleetView,
  ofFleet: Problem | null,
  before: ScheduledLook | null,
): ScheduledLook {
  const ofNodes = nodes.flatMap(({ name, problems }) =>
    problems.map(({ code, message }): NodeProblem => ({ node: name, code, message })),
  );
  const unread = nodes.filter(({ reachable, fenced }) => !reachable && !fenced);
  return {
    at,
    inSync: inSync && ofFleet === null,
    drift: ofFleet === null ? ofNodes : [{ node: '', ...ofFleet }, ...ofNodes],
    unread: Object.fromEntries(unread.map(({ name }) => [name, lastRead(name, before)])),
  };
}

function lastRead(node: string, before: ScheduledLook | null): string | null {
  if (before === null) return null;
  const { [node]: known = before.at } = before.unread;
  return known;
}

/** Whether a person should be told: something is wrong that was not so at the look before. */
export function hasNewDrift(look: ScheduledLook, before: ScheduledLook | null): boolean {
  const known = new Set(before?.drift.map(nameOf));
  return look.drift.some((drift) => !known.has(nameOf(drift)));
}

function nameOf({ node, code }: NodeProblem): string {
  return `${code}/${node}`;
}

/**
 * What a look still says after an operation that completed, which leaves every serving node read and in sync.
 *
 * @param provenAt when an operation completed last, ISO 8601; null when none is known
 */
export function driftSince(look: ScheduledLook | null, provenAt: string | null): readonly NodeProblem[] {
  if (look === null || (provenAt !== null && provenAt >= look.at)) return [];
  return look.drift;
}

/** When the node that was not read for the longest time was read last; null when that is not known. */
export function oldestEvidence(look: ScheduledLook | null, provenAt: string | null): string | null {
  if (look === null) return provenAt;
  const [oldest] = [look.at, ...Object.values(look.unread).map((at) => at ?? '')].sort();
  const latest = provenAt !== null && provenAt > oldest! ? provenAt : oldest!;
  return latest === '' ? null : latest;
}
