import type { NodeProblem } from '../core/decision.js';
import { EnvelopeError } from '../envelopes/envelope-error.js';
import { NodeError } from '../nodes/node-error.js';
import { KeystoneError } from '../keystone/identity.js';

/**
 * The problem that an error stands for. Only errors of our own carry their message on, because only those are known to
 * carry no key bytes; anything else is named by its class alone.
 */
export function problemOf(node: string, error: unknown): NodeProblem {
  if (error instanceof NodeError || error instanceof KeystoneError || error instanceof EnvelopeError) {
    return { node, code: error.code, message: error.message };
  }
  const kind = error instanceof Error ? error.name : typeof error;
  return { node, code: 'internal', message: `${node}: an unexpected ${kind}; the worker's log has where` };
}
