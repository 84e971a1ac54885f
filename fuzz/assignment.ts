/** What a thread is told, and what it tells. */
export interface Assignment {
  /** URL of a module that exports `targets`. */
  readonly module: string;
  /** Of the target. */
  readonly name: string;
  readonly inputs: number;
  readonly seed: number;
  /** fast-check's own: the one input that failed before. */
  readonly path?: string;
  /** Two 32-bit counters, {@link BEGUN} and {@link TAKEN}. */
  readonly counters: SharedArrayBuffer;
}

/** Inputs that were begun. */
export const BEGUN = 0;
/** Inputs that were taken, of those that are done. */
export const TAKEN = 1;

/** Null when nothing was wrong. */
export type Verdict = {
  readonly message: string;
  readonly path: string;
  readonly input: string;
} | null;
