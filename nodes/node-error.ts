import type { ProblemCode } from '../core/problems.js';

/** Something went wrong on one node. The message names the node, what, and the remedy; it never carries key bytes. */
export class NodeError extends Error {
  override readonly name = 'NodeError';

  constructor(
    readonly code: ProblemCode,
    readonly node: string,
    message: string,
  ) {
    super(`${node}: ${message}`);
  }
}
