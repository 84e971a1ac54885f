/** What a reconciliation may not decide by itself: an operator has to say yes. */
import { isRevoked, isTrusted, type Ledger } from './ledger.js';
import { servingNodes } from './membership.js';
import { isEmpty, keysOf, type Fingerprint } from './repository.js';
import type { Survey } from './survey.js';

export interface Questions {
  /** Keys that one node issued tokens with and no other has: to be spread as readable keys. */
  readonly unknownKeys: readonly { readonly node: string; readonly fingerprint: Fingerprint }[];
  /** Files that are no keys, or nobody's: to be overwritten, or moved out of Keystone's sight. */
  readonly brokenNodes: readonly { readonly node: string; readonly messages: readonly string[] }[];
  /** No node has any key: to be given its first ones. */
  readonly isAllEmpty: boolean;
}

export function questionsOf(survey: Survey, ledger: Ledger, expired: readonly Fingerprint[]): Questions {
  const nodes = servingNodes(survey, ledger).filter((node) => node.reachable);
  const isUnknown = (key: Fingerprint) =>
    !isTrusted(ledger, key) && !isRevoked(ledger, key) && !expired.includes(key);
  return {
    unknownKeys: nodes.flatMap(({ name, repository }) =>
      [...keysOf(repository)].filter(isUnknown).map((fingerprint) => ({ node: name, fingerprint })),
    ),
    brokenNodes: nodes
      .filter(({ problems }) => problems.length > 0)
      .map(({ name, problems }) => ({ node: name, messages: problems.map(({ message }) => message) })),
    isAllEmpty: nodes.length > 0 && nodes.every(({ repository }) => isEmpty(repository)),
  };
}
