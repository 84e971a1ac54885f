/** A fleet at one moment, and what the planner says of it in one line of text. */
import { list, type Decision } from '../../../core/decision.js';
import type { Intent, Ledger } from '../../../core/ledger.js';
import type { Placement } from '../../../core/operations.js';
import type { Policy } from '../../../core/policy.js';
import { decide, ledgerAfter, LIFE, lookAt, NOW, POLICY, type NodeDetails } from '../text.js';

/** Between two looks of a scene: longer than any key lives. */
export const LONG = 10 * LIFE;

export interface Scene {
  /** Earlier looks, the oldest first, {@link LONG} apart; what only the newest shows is new to the ledger. */
  readonly before?: readonly string[];
  readonly details?: Record<string, NodeDetails>;
  readonly intent?: Intent;
  readonly policy?: Partial<Policy>;
  /** What else happened between the earlier looks and now. */
  readonly then?: (ledger: Ledger) => Ledger;
}

export const SYNC: Intent = { kind: 'sync' };
export const ROTATE: Intent = { kind: 'rotate', from: 'P', to: 'S' };

export function ledgerOf({ before = [], intent = SYNC, then = (ledger) => ledger }: Scene): Ledger {
  const looks = before.map((text, i) => lookAt(text, {}, NOW - (before.length - i) * LONG));
  return { ...then(ledgerAfter(...looks)), intent };
}

export function decisionOn(text: string, scene: Scene = {}): Decision {
  return decide(lookAt(text, scene.details), ledgerOf(scene), { ...POLICY, ...scene.policy });
}

/** The planner's next step: `reconcile: hold P on b over O`, `refuse permissions: a`, `done`. */
export function next(text: string, scene: Scene = {}): string {
  const decision = decisionOn(text, scene);
  if (decision.step.kind === 'place' && !decision.reason.includes(list(decision.step.nodes)))
    throw new Error(`the reason does not say where: ${decision.reason}`);
  return said(decision);
}

export function said({ phase, step, expired }: Decision): string {
  const over = expired.length > 0 ? ` over ${[...expired].sort().join(' ')}` : '';
  switch (step.kind) {
    case 'done':
      return 'done';
    case 'survey':
      return 'look again';
    case 'wait':
      return `wait: ${step.problems.map(({ node, code }) => `${node} ${code}`).join(', ')}`;
    case 'refuse':
      return `refuse ${step.code}: ${step.problems.map(({ node }) => node).join(' ')}`;
    case 'make':
      return `${phase}: make ${step.role} on ${step.node}${over}`;
    case 'place':
      return `${phase}: ${placed(step.placement)} on ${step.nodes.join(' ')}${over}`;
    case 'probe':
      return `${phase}: probe ${step.keys.join(' ')} on ${step.nodes.join(' ')}`;
  }
}

function placed(placement: Placement): string {
  switch (placement.kind) {
    case 'expire':
      return 'expire';
    case 'mend':
      return `mend ${placement.primary} ${placement.staged}`;
    case 'seed':
      return `seed ${placement.index}:${placement.key}`;
    case 'hold':
    case 'promote':
    case 'stage':
      return `${placement.kind} ${placement.key}`;
  }
}

/** We have made these keys, and they are nobody's primary. */
export function made(...keys: string[]) {
  const record = {
    firstSeenAt: NOW - 10,
    madeAt: NOW - 10,
    trusted: true,
    mayBePrimary: false,
    lastPrimaryAt: null,
  };
  return (ledger: Ledger): Ledger => ({
    ...ledger,
    keys: { ...ledger.keys, ...Object.fromEntries(keys.map((key) => [key, record])) },
  });
}

/** The ledger with a key on record as the one that is being introduced. */
export function introducing(key: string) {
  return (ledger: Ledger): Ledger => ({ ...made(key)(ledger), incoming: key });
}

/** An operator has revoked this key, which may turn up again. */
export function revoked(key: string) {
  const record = {
    firstSeenAt: 0,
    trusted: false,
    revoked: true as const,
    mayBePrimary: false,
    lastPrimaryAt: 0,
  };
  return (ledger: Ledger): Ledger => ({ ...ledger, keys: { ...ledger.keys, [key]: record } });
}

export function allowing(...repairs: string[]) {
  return (ledger: Ledger): Ledger => ({ ...ledger, repairs });
}

export function inSequence(...changes: readonly ((ledger: Ledger) => Ledger)[]) {
  return (ledger: Ledger): Ledger => changes.reduce((changed, change) => change(changed), ledger);
}

/** The node's Keystone can be asked, and has accepted these keys so far. */
export function asked(...accepted: string[]): NodeDetails {
  return { canBeProbed: true, accepted };
}
