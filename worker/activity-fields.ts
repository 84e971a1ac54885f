/** What may be said of an activity: where it belongs, and the problems that it found. */
import type { Info } from '@temporalio/activity';
import type { NodeProblem } from '../core/decision.js';
import type { LogFields } from './log.js';

/** @param request its argument; see `core/messages.ts` */
export function activityFields(info: Info, request: unknown): LogFields {
  return {
    rotation: info.workflowExecution?.workflowId,
    run: info.workflowExecution?.runId,
    activity: info.activityType,
    attempt: info.attempt,
    ...requestFields(request),
  };
}

/** What a request says of itself; see `core/messages.ts`. */
function requestFields(request: unknown): LogFields {
  const { step, nodes, node } = (request ?? {}) as {
    step?: { phase: string } | null;
    nodes?: readonly unknown[];
    node?: string | { node: string };
  };
  const only = node ?? (nodes?.length === 1 ? (nodes[0] as string | { node: string }) : undefined);
  return {
    phase: step?.phase,
    nodes: nodes?.length,
    node: typeof only === 'object' ? only.node : only,
  };
}

/** A reading has several, an outcome one or none. */
export function problemsIn(result: unknown): NodeProblem[] {
  const results = (Array.isArray(result) ? result : [result]) as (
    | Partial<{
        node: string;
        problem: NodeProblem | null;
        problems: readonly Omit<NodeProblem, 'node'>[];
      }>
    | null
    | undefined
  )[];
  return results.flatMap((each) => [
    ...(each?.problem ? [each.problem] : []),
    ...(each?.problems ?? []).map((problem) => ({ node: each!.node!, ...problem })),
  ]);
}
