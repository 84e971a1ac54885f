/** What webhooks are told: names, fingerprints and problems, never a key. */
import type { NodeProblem } from './decision.js';
import type { OperationKind, OperationResult } from './rotation.js';

export const NOTICE_EVENTS = ['blocked', 'failed', 'completed', 'drift'] as const;
export type NoticeEvent = (typeof NOTICE_EVENTS)[number];

/** The body of a notification, as it is sent. `docs/notifications.md` describes each field. */
export interface Notice {
  readonly event: NoticeEvent;
  readonly fleet: string;
  /** The same for the same event, however often it is sent. */
  readonly key: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** One sentence for a person. */
  readonly summary: string;
  /** Null for `drift`. */
  readonly operation: OperationKind | null;
  readonly workflowId: string;
  readonly runId: string;
  /** Of an operation that has ended; null before, and for `drift`. */
  readonly outcome: OperationResult['outcome'] | null;
  /** Who is in the way, or differs. */
  readonly problems: readonly NodeProblem[];
}

/** Where notices go, and which; the address itself stays with the worker. */
export interface Webhook {
  readonly name: string;
  readonly events: readonly NoticeEvent[];
}

/** An operation that ended otherwise than it should is one that a person has to know of. */
export function eventOf({ outcome }: Pick<OperationResult, 'outcome'>): NoticeEvent {
  return outcome === 'completed' ? 'completed' : 'failed';
}

export function endNotice(fleet: string, result: OperationResult): Notice {
  const { kind, outcome, workflowId, runId, endedAt, error, nodes } = result;
  return {
    event: eventOf(result),
    fleet,
    key: `${runId}/ended`,
    at: endedAt,
    summary: error?.message ?? `${kind} of ${nodes} nodes completed`,
    ...{ operation: kind, workflowId, runId, outcome },
    problems: (error?.nodes ?? []).map((node) => ({ node, code: error!.code, message: error!.message })),
  };
}
