/** Temporal's SDK says what it has to say in the worker's log. */
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { errorFields, type Level, type Log } from './log.js';

const LEVELS: Partial<Record<LogEntry['level'], Level>> = { WARN: 'warn', ERROR: 'error' };

export function sdkLogger(log: Log): DefaultLogger {
  return new DefaultLogger('WARN', ({ level, message, meta = {} }) => {
    const { workflowId, runId, activityType, attempt, taskQueue, error } = meta as Record<string, unknown>;
    log(LEVELS[level] ?? 'info', message, {
      ...(error !== undefined && errorFields(error)),
      ...({ rotation: workflowId, run: runId, activity: activityType, attempt, taskQueue } as object),
    });
  });
}
