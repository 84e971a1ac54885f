/** What a reconciliation may not decide by itself: an operator has to say yes. */
import { isRevoked, isTrusted, type Ledger } from './ledger.js';
import { nodesOf, servingNodes } from './membership.js';
import { isEmpty, keysOf, type Fingerprint } from './repository.js';
import type { NodeView, Survey } from './survey.js';

export interface Questions {
  /** Keys that one node issued tokens with and no other has: to be spread as readable keys. */
  readonly unknownKeys: readonly { readonly node: string; readonly fingerprint: Fingerprint }[];
  /** Nodes without keys, to be given the fleet's; and files that are none: to be overwritten, or moved out of sight. */
  readonly brokenNodes: readonly BrokenNode[];
  /** No node has any key: to be given its first ones. */
  readonly isAllEmpty: boolean;
}

export interface BrokenNode {
  readonly node: string;
  /** It has no key at all. */
  readonly isEmpty: boolean;
  readonly messages: readonly string[];
}

export function questionsOf(survey: Survey, ledger: Ledger, expired: readonly Fingerprint[]): Questions {
  const nodes = servingNodes(survey, ledger).filter((node) => node.reachable);
  const joining = nodesOf(survey, ledger, 'joining').filter((node) => node.reachable);
  const isUnknown = (key: Fingerprint) =>
    !isTrusted(ledger, key) && !isRevoked(ledger, key) && !expired.includes(key);
  return {
    unknownKeys: [
      ...nodes.flatMap((node) => askedOn(node, isUnknown)),
      // Of a node that joins only what was seen on a serving one before: the rest made no tokens and is overwritten.
      ...joining.flatMap((node) => askedOn(node, (key) => ledger.keys[key] !== undefined && isUnknown(key))),
    ],
    brokenNodes: nodes
      .filter(({ problems }) => problems.length > 0)
      .map(({ name, problems, repository }) => ({
        node: name,
        isEmpty: isEmpty(repository),
        messages: problems.map(({ message }) => message),
      })),
    isAllEmpty: nodes.length > 0 && nodes.every(({ repository }) => isEmpty(repository)),
  };
}

function askedOn(
  { name, repository }: NodeView,
  isAsked: (key: Fingerprint) => boolean,
): { node: string; fingerprint: Fingerprint }[] {
  return [...keysOf(repository)].filter(isAsked).map((fingerprint) => ({ node: name, fingerprint }));
}
