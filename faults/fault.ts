import type { ProblemCode } from '../core/problems.js';
import type { FaultPhase } from './phases.js';
import type { Chance } from './random.js';
import type { FaultScene, SceneNode } from './scene.js';

export type Heal = () => Promise<void> | void;

/** One fault, to be done to one node in one phase of a rotation. */
export interface Strike {
  readonly fault: Fault;
  readonly phase: FaultPhase;
  readonly node: SceneNode;
}

/** All that a fault has at hand when its moment has come. */
export interface Moment {
  readonly scene: FaultScene;
  readonly node: SceneNode;
  readonly phase: FaultPhase;
  readonly chance: Chance;
  readonly prepared: Prepared;
  /** Until then nothing passes between worker and nodes, so that the phase can't end before the fault has struck. */
  readonly letGo: () => void;
}

/** What takes longer than a phase is made ready before the rotation begins. */
export interface Prepared {
  go(): Promise<void>;
  cancel(): void;
}

/** How long a fault lasts. */
export type Duration =
  /** So many milliseconds, or as long as it takes to do it. */
  | { readonly kind: 'moment'; readonly ms: number }
  /** Until the operation has told that it waits for it, or has ended. */
  | { readonly kind: 'until told' }
  | { readonly kind: 'until the end' };

/** Something that goes wrong in the middle of a rotation. */
export interface Fault {
  readonly name: string;
  /** What a rotation may say of the node; empty: it must complete and never be in anybody's way. */
  readonly codes: readonly ProblemCode[];
  /** It is nobody's node: what is said of it names none. */
  readonly isOfFleet?: boolean;
  readonly lasts: Duration;
  /** No rotation can end without having noticed it. */
  readonly mustBeTold?: boolean;
  /** Which refused tokens are the fault's own doing: those that the node was asked about, or its own on others as well. */
  readonly refuses?: 'what it is asked' | 'its own as well';
  /** What is in the node's directory is the fault's own doing. */
  readonly spoilsFiles?: boolean;
  /** What a person says while it lasts, as soon as the operation waits for it. */
  readonly permission?: readonly string[];
  /** What a person says when it is over. */
  readonly answer: 'retry' | 'reconcile';
  /** Why it can't be done on this machine; null when it can. */
  readonly obstacle?: (scene: FaultScene) => string | null;
  readonly prepare?: (node: SceneNode) => Promise<Prepared>;
  /** @returns what ends it */
  readonly inject: (moment: Moment) => Promise<Heal>;
}

export const AT_ONCE: Duration = { kind: 'moment', ms: 0 };
export const UNTIL_TOLD: Duration = { kind: 'until told' };
export const UNTIL_THE_END: Duration = { kind: 'until the end' };
