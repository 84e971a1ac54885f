/** What the planner may decide: the next step of a fleet, and why. */
import type { Placement } from './operations.js';
import type { ProblemCode } from './problems.js';
import type { Fingerprint } from './repository.js';
import type { NodeView } from './survey.js';

export const PHASES = [
  'survey',
  'reconcile',
  'distribute',
  'confirm',
  'promote',
  'stage',
  'prune',
  'revoke',
  'compensate',
] as const;
export type Phase = (typeof PHASES)[number];

export interface NodeProblem {
  readonly node: string;
  readonly code: ProblemCode;
  readonly message: string;
}

/** What a new key is to become. */
export type KeyRole = 'incoming' | 'primary' | 'staged';

export type Step =
  /** The evidence is too old: look again. */
  | { readonly kind: 'survey' }
  /** Nodes are in the way that may come back by themselves; nothing may change until they do. */
  | { readonly kind: 'wait'; readonly problems: readonly NodeProblem[] }
  /** Something is in the way that a person has to change. */
  | {
      readonly kind: 'refuse';
      readonly code: ProblemCode;
      readonly message: string;
      readonly problems: readonly NodeProblem[];
    }
  /** Make a key and place it on one node, where nobody uses it. */
  | { readonly kind: 'make'; readonly node: string; readonly role: KeyRole }
  /** Bring these nodes to the placement. */
  | { readonly kind: 'place'; readonly placement: Placement; readonly nodes: readonly string[] }
  /** Ask the running Keystones of these nodes whether they accept the keys. */
  | { readonly kind: 'probe'; readonly keys: readonly Fingerprint[]; readonly nodes: readonly string[] }
  /** What was intended is reached. */
  | { readonly kind: 'done' };

export interface Decision {
  readonly phase: Phase;
  readonly step: Step;
  /** One sentence for a person. */
  readonly reason: string;
  /** Keys whose places the step may take: none while the fleet is unequal, because then only adding is allowed. */
  readonly expired: readonly Fingerprint[];
}

export function refuse(code: ProblemCode, message: string, problems: readonly NodeProblem[]): Decision {
  return { phase: 'survey', step: { kind: 'refuse', code, message, problems }, reason: message, expired: [] };
}

export function wait(problems: readonly NodeProblem[]): Decision {
  const names = [...new Set(problems.map((problem) => problem.node))];
  return {
    phase: 'survey',
    step: { kind: 'wait', problems },
    reason: `waiting for ${list(names)}`,
    expired: [],
  };
}

export function lookAgain(reason: string): Decision {
  return { phase: 'survey', step: { kind: 'survey' }, reason, expired: [] };
}

export function done(reason: string): Decision {
  return { phase: 'survey', step: { kind: 'done' }, reason, expired: [] };
}

/** Null when there is no node to place anything on: the rule is satisfied. */
export function place(
  phase: Phase,
  placement: Placement,
  nodes: readonly NodeView[],
  reason: (nodes: string) => string,
  expired: readonly Fingerprint[] = [],
): Decision | null {
  if (nodes.length === 0) return null;
  const names = nodes.map(({ name }) => name);
  return { phase, step: { kind: 'place', placement, nodes: names }, reason: reason(list(names)), expired };
}

export function make(
  phase: Phase,
  node: NodeView,
  role: KeyRole,
  expired: readonly Fingerprint[] = [],
): Decision {
  return {
    phase,
    step: { kind: 'make', node: node.name, role },
    reason: `a new key is made and placed on ${node.name} first`,
    expired,
  };
}

export function problemsOf(nodes: readonly NodeView[]): NodeProblem[] {
  return nodes.flatMap((node) => node.problems.map((problem) => ({ node: node.name, ...problem })));
}

/** A few names, or how many there are. */
export function list(nodes: readonly string[]): string {
  return nodes.length <= 4 ? nodes.join(', ') : `${nodes.length} nodes`;
}
