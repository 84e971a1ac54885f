/**
 * What may be assumed of a key, after the states of BIND's key manager and OpenDNSSEC: hidden → rumoured → omnipresent →
 * unretentive → hidden. Reading and writing go apart: a key is read long before and long after it writes. What is
 * uncertain is the worse case, and only a fresh read is evidence.
 */
import { neededUntil, type Ledger } from './ledger.js';
import { servingNodes } from './membership.js';
import { EVIDENCE_AGE_PER_NODE_MS, EVIDENCE_MAX_AGE_MS } from './policy.js';
import { holds, primaryOf, stagedOf, type Fingerprint } from './repository.js';
import { countHolders, type NodeView, type Survey } from './survey.js';

export type AssumedState =
  /** Surely not. */
  | 'hidden'
  /** Perhaps; nothing may rely on it, and nothing may rely on its absence. */
  | 'rumoured'
  /** Surely. */
  | 'omnipresent'
  /** Not any more, or not for long; what it did before may still be in use. */
  | 'unretentive';

export interface KeyState {
  /** Whether tokens under the key can be read. */
  readonly read: AssumedState;
  /** Whether tokens are made with the key. */
  readonly write: AssumedState;
}

export interface FleetKeyState extends KeyState {
  readonly key: Fingerprint;
  /** Serving nodes that hold it, of all. */
  readonly holders: number;
  readonly nodes: number;
}

/** Whether a look is young enough to act on. */
export function isFresh(survey: Survey, now: number): boolean {
  const mostAgeMs = EVIDENCE_MAX_AGE_MS + survey.nodes.length * EVIDENCE_AGE_PER_NODE_MS;
  return now - survey.startedAt <= mostAgeMs;
}

/** Of a node that was read. A Keystone that can be asked counts only once it has accepted the key. */
export function readState(node: NodeView, key: Fingerprint, expired: readonly Fingerprint[]): AssumedState {
  if (!node.reachable) return 'rumoured';
  if (!holds(node.repository, key)) return 'hidden';
  if (expired.includes(key)) return 'unretentive';
  return node.canBeProbed && !node.accepted.includes(key) ? 'rumoured' : 'omnipresent';
}

/** A staged key is rumoured to write: anybody's `fernet_rotate` makes it the primary without asking. */
export function writeState(
  node: NodeView,
  key: Fingerprint,
  ledger: Ledger,
  expired: readonly Fingerprint[],
): AssumedState {
  if (!node.reachable) return neededUntil(ledger, key, 0) === Infinity ? 'rumoured' : ageState(key, expired);
  if (primaryOf(node.repository) === key) return 'omnipresent';
  if (stagedOf(node.repository) === key) return 'rumoured';
  return ageState(key, expired);
}

function ageState(key: Fingerprint, expired: readonly Fingerprint[]): AssumedState {
  return expired.includes(key) ? 'hidden' : 'unretentive';
}

/** Every key of the serving nodes, each with what may be assumed of it in the whole fleet. */
export function fleetKeyStates(
  survey: Survey,
  ledger: Ledger,
  expired: readonly Fingerprint[],
): FleetKeyState[] {
  const nodes = servingNodes(survey, ledger);
  return [...countHolders(nodes)].map(([key, holders]) => ({
    key,
    holders,
    nodes: nodes.length,
    read: inFleet(nodes.map((node) => readState({ ...node, canBeProbed: false }, key, expired))),
    write: inFleet(nodes.map((node) => writeState(node, key, ledger, expired))),
  }));
}

/** One node that differs makes the fleet uncertain. */
function inFleet(states: readonly AssumedState[]): AssumedState {
  const [first] = states;
  if (states.every((state) => state === first)) return first!;
  return states.includes('omnipresent') || states.includes('rumoured') ? 'rumoured' : 'unretentive';
}
