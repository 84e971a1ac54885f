/** A line for each activity, and one for each node that had a problem. */
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { loadFleet } from '../activities/fleet.js';
import type { NodeProblem } from '../core/decision.js';
import { errorFields, type Log, type LogFields } from './log.js';

export function logActivities(log: Log, configFile: string): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        const began = Date.now();
        const fields: LogFields = {
          rotation: info.workflowExecution?.workflowId,
          run: info.workflowExecution?.runId,
          activity: info.activityType,
          attempt: info.attempt,
          ...requestFields(input.args[0]),
        };
        const took = () => ({ ...fields, milliseconds: Date.now() - began });
        try {
          const result = await next(input);
          log('info', `${info.activityType} done`, took());
          await logProblems(log, configFile, fields, problemsIn(result));
          return result;
        } catch (error) {
          log('warn', `${info.activityType} failed`, { ...took(), ...errorFields(error) });
          throw error;
        }
      },
    },
  });
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
function problemsIn(result: unknown): NodeProblem[] {
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

/** Messages of problems are ours, and hold no key. */
async function logProblems(
  log: Log,
  configFile: string,
  fields: LogFields,
  problems: readonly NodeProblem[],
): Promise<void> {
  if (problems.length === 0) return;
  const fleet = await loadFleet(configFile).catch(() => null);
  const sites = new Map(fleet?.nodes.map(({ name, site }) => [name, site]));
  for (const { node, code, message } of problems)
    log('warn', message, { ...fields, node, site: sites.get(node), code });
}
