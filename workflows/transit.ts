/** Keys from one reach to another: announced for, sealed by a holder, placed by whoever can open. */
import { list, type NodeProblem } from '../core/decision.js';
import type { FreshKey, NodeOutcome, PlaceRequest } from '../core/messages.js';
import { holds, type Fingerprint } from '../core/repository.js';
import { visitsWith } from './activity-proxies.js';
import { oneLine } from './messages.js';
import { problemAt, type Reaches, type Whose } from './reaches.js';

/**
 * Places keys on nodes of one reach. What no holder there can give comes in envelopes, made anew for each placement: a
 * worker that lost its fresh key, or an envelope that nobody can open, only leads to another look and another placement.
 */
export async function placeAt(reaches: Reaches, reach: Whose, request: PlaceRequest): Promise<NodeOutcome[]> {
  const near = mapHolders(request, (holder) => reaches.of(holder) === reach);
  const missing = keysFromElsewhere(request, near);
  if (missing.length === 0)
    return reaches.visits(reach, request.step.reason).placeOnNodes({ ...request, holders: near });

  const { fresh, problem } = await reaches
    .visits(reach, `a fresh key to seal for ${namesOf(request)} with`)
    .announceKey({ operation: request.operation });
  if (fresh === null) return request.nodes.map(({ node }) => ({ node, problem: { ...problem!, node } }));

  const envelopes: Record<Fingerprint, string> = {};
  for (const key of missing) {
    const sealed = await sealSomewhere(reaches, key, request, fresh);
    if (typeof sealed !== 'string') return request.nodes.map(({ node }) => ({ node, problem: sealed }));
    envelopes[key] = sealed;
  }
  const sealed = { freshKey: fresh.id, envelopes };
  return visitsWith(oneLine(request.step.reason), fresh.taskQueue)
    .placeOnNodes({ ...request, holders: near, sealed })
    .catch((error: unknown) =>
      request.nodes.map(({ node }) => ({ node, problem: lostAt(node, reach, error) })),
    );
}

function namesOf({ nodes }: PlaceRequest): string {
  return list(nodes.map(({ node }) => node));
}

/** The one worker that could open it may be gone; whoever announces next gets other envelopes. */
function lostAt(node: string, reach: Whose, error: unknown): NodeProblem {
  const problem = problemAt(node, reach, error);
  if (problem.code !== 'unreachable') return problem;
  const message = `${node}: the worker that keys for it were sealed to is gone; they are sealed again`;
  return { node, code: 'key-unavailable', message };
}

/** Keys that somebody holds, nobody here does, and a node here lacks. */
function keysFromElsewhere({ holders, nodes }: PlaceRequest, near: PlaceRequest['holders']): Fingerprint[] {
  return Object.keys(holders).filter((key) => {
    const isLacking = nodes.some(({ surveyed }) => !holds(surveyed.repository, key));
    return isLacking && near[key]!.length === 0 && holders[key]!.length > 0;
  });
}

/** Holders are asked in their order, those of one reach together. */
async function sealSomewhere(
  reaches: Reaches,
  key: Fingerprint,
  { operation, holders }: PlaceRequest,
  { announcement }: FreshKey,
): Promise<string | NodeProblem> {
  let last: NodeProblem | null = null;
  const from = new Set(holders[key]!.map((holder) => reaches.of(holder)));
  for (const reach of from) {
    const theirs = holders[key]!.filter((holder) => reaches.of(holder) === reach);
    const request = { operation, key, holders: theirs, announcement };
    const { envelope, problem } = await reaches
      .visits(reach, `key ${key} is sealed by ${list(theirs)}`)
      .sealKey(request)
      .catch((error: unknown) => ({ envelope: null, problem: problemAt(theirs[0]!, reach, error) }));
    if (envelope !== null) return envelope;
    last = problem;
  }
  return last!;
}

function mapHolders(
  { holders }: PlaceRequest,
  isWanted: (holder: string) => boolean,
): PlaceRequest['holders'] {
  return Object.fromEntries(
    Object.entries(holders).map(([key, names]) => [key, names.filter((name) => isWanted(name))]),
  );
}
