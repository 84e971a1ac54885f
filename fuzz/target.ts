/** A parser of outside input, and what it may do with any. */
import type fc from 'fast-check';

export interface Target<Input = unknown> {
  readonly name: string;
  /** What it reads, for people. */
  readonly reads: string;
  /** What one input costs, beside a cheap one: a slice has so many times fewer. */
  readonly costs: number;
  /** Everything that is made once. */
  prepare(): Promise<Prepared<Input>> | Prepared<Input>;
}

export interface Prepared<Input = unknown> {
  readonly inputs: fc.Arbitrary<Input>;
  /**
   * Resolves with what would be told to others, Temporal or people, of an input that is taken; undefined where the value itself
   * may be secret.
   */
  readonly read: (input: Input) => unknown;
  /** Whether an error is one that callers expect. */
  readonly isTyped: (error: unknown) => boolean;
  readonly close?: () => Promise<void>;
}

/** Erases the kind of input, which only the target itself has to know. */
export function target<Input>(given: Target<Input>): Target {
  return given as unknown as Target;
}
