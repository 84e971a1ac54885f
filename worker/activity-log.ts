/** A line for each activity, and one for each node that had a problem. */
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { loadFleet } from '../activities/fleet.js';
import type { NodeProblem } from '../core/decision.js';
import { activityFields, problemsIn } from './activity-fields.js';
import { errorFields, type Log, type LogFields } from './log.js';

export function logActivities(log: Log, configFile: string): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        const began = Date.now();
        const fields = activityFields(info, input.args[0]);
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
