/** What an operation asks of those who reach the nodes, and gets back: names, fingerprints and problems, never a key. */
import type { NodeProblem, Phase } from './decision.js';
import type { KeystoneSettings } from './keystone-settings.js';
import type { Placement } from './operations.js';
import type { Webhook } from './notice.js';
import type { Policy } from './policy.js';
import type { Problem } from './problems.js';
import type { Contents, Fingerprint } from './repository.js';

export interface FleetNode {
  readonly name: string;
  readonly site: string;
  readonly canBeProbed: boolean;
  /** Nothing connects to it: only a worker of its own acts there. */
  readonly isPull?: true;
  /** Its site has workers of its own, and nobody else connects to it. */
  readonly hasSiteWorkers?: true;
}

/** The inventory and the settings, as the worker's configuration says now. */
export interface FleetDescription {
  readonly fleet: string;
  readonly nodes: readonly FleetNode[];
  /** Temporal knows the attributes by which operations are found. */
  readonly isSearchable?: true;
  readonly policy: Policy;
  readonly pauseMs: number;
  readonly waitForNodeMs: number;
  /** Time between two scheduled rotations. */
  readonly everyMs: number;
  /** Who is told what; left out when nobody is. */
  readonly webhooks?: readonly Webhook[];
}

export interface NodeReading extends Contents {
  readonly node: string;
  readonly reachable: boolean;
  readonly problems: readonly Problem[];
  /** What its keystone.conf says, where that is to be read and may be. */
  readonly settings?: KeystoneSettings;
}

/** A node's answer to work: what it has now, or what went wrong. */
export interface NodeOutcome {
  readonly node: string;
  readonly problem: NodeProblem | null;
  readonly clockOffsetMs?: number;
}

export interface NodeToPlace {
  readonly node: string;
  /** As the survey found it, which the plan was made for: with anything else there, nothing is touched. */
  readonly surveyed: Contents;
}

/** The step of the plan that a request is part of, so that a history can be read without the program that wrote it. */
export interface StepName {
  readonly phase: Phase;
  readonly reason: string;
}

export interface PlaceRequest {
  readonly step: StepName;
  /** Workflow ID and run ID: who holds the lock on a node. */
  readonly operation: string;
  readonly placement: Placement;
  readonly nodes: readonly NodeToPlace[];
  readonly expired: readonly Fingerprint[];
  /** For each key that a node may lack: nodes to read it from. */
  readonly holders: Readonly<Record<Fingerprint, readonly string[]>>;
  /** Keys that no holder here can give. */
  readonly sealed?: SealedKeys;
  readonly pauseMs: number;
}

/** Keys on their way, which only the worker that announced this fresh key can open. */
export interface SealedKeys {
  /** What that worker calls its fresh key; it is destroyed when the placement ends. */
  readonly freshKey: string;
  /** For each key a CMS message in base64. */
  readonly envelopes: Readonly<Record<Fingerprint, string>>;
}

/** A worker's word that it can open envelopes for an operation, or why not. */
export interface AnnounceOutcome {
  readonly problem: NodeProblem | null;
  readonly fresh: FreshKey | null;
}

export interface FreshKey {
  readonly id: string;
  /** The public half, signed: a CMS message in base64. */
  readonly announcement: string;
  /** Where this very worker, and no other, takes its work. */
  readonly taskQueue: string;
}

export interface SealRequest {
  readonly operation: string;
  readonly key: Fingerprint;
  /** Nodes to read it from. */
  readonly holders: readonly string[];
  /** Whose fresh key it is sealed to. */
  readonly announcement: string;
}

export interface SealOutcome {
  readonly problem: NodeProblem | null;
  readonly envelope: string | null;
}

export interface MakeRequest {
  readonly step: StepName;
  readonly operation: string;
  readonly node: NodeToPlace;
  readonly expired: readonly Fingerprint[];
  readonly pauseMs: number;
}

export interface MakeOutcome extends NodeOutcome {
  /** Null when there was a problem. */
  readonly key: Fingerprint | null;
}

export interface ProbeRequest {
  /** Null for the probe before anything is changed. */
  readonly step: StepName | null;
  /** None: only whether the account can sign in and a control token is refused. */
  readonly keys: readonly Fingerprint[];
  readonly nodes: readonly NodeToPlace[];
}
