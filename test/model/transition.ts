import type { Attempt, State } from './state.js';

/** One thing that happens, and what is so after it. */
export interface Transition {
  readonly label: string;
  readonly after: State;
  readonly by: Doer;
}

export type Doer =
  /** We changed a file; the attempt as it was before. */
  | { readonly kind: 'act'; readonly attempt: Attempt }
  /** An attempt goes on although its check found another repository than it had read. */
  | { readonly kind: 'blind'; readonly node: number }
  /** We believe nodes to be serving that were not; `excused` as in {@link Attempt}. */
  | { readonly kind: 'admit'; readonly excused: number }
  /** Somebody's first rotate since the fleet was in sync, which must not do harm. */
  | { readonly kind: 'stray' }
  /** What may break anything, or what changes no repository. */
  | { readonly kind: 'other' };

export const OTHER: Doer = { kind: 'other' };
