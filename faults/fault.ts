import type { ProblemCode } from '../core/problems.js';
import type { FaultScene, SceneNode } from './scene.js';

export type Heal = () => Promise<void> | void;

/** Something that goes wrong in the middle of a rotation. */
export interface Fault {
  readonly name: string;
  /** What a rotation may say of the node; empty: it must complete and never be in anybody's way. */
  readonly codes: readonly ProblemCode[];
  /** The node itself is taken down or damaged, so it may refuse tokens. */
  readonly excusesNode: boolean;
  /** How long it lasts unless the rotation is blocked or ends before. */
  readonly holdMs: number;
  /** It lasts until the rotation has ended. */
  readonly staysToEnd?: boolean;
  /** The answer of a person that the rotation waits for. */
  readonly needsReconcile?: boolean;
  /** Why it can't be done on this machine; null when it can. */
  readonly obstacle?: (scene: FaultScene) => string | null;
  /** @returns what ends it */
  readonly inject: (scene: FaultScene, node: SceneNode) => Promise<Heal>;
}

/** Longer than it takes to notice a link that is silent, and then a host that does not answer. */
export const UNTIL_NOTICED_MS = 20_000;
