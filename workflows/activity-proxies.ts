/**
 * How each kind of activity is tried, with a reason for each number. A node's own trouble is an activity's result, not
 * its failure: the workflow looks again and plans anew. What these policies retry is a worker that died or lost its way,
 * so there is no limit of attempts; the workflow's own patience decides when to give up.
 */
import { proxyActivities, type ActivityOptions, type RetryPolicy } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';

/** Failures that no repetition heals. */
export const RETRY: RetryPolicy = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  // A worker that is restarted is back within seconds; longer gaps would only make the rotation wait for nothing.
  maximumInterval: '15s',
  nonRetryableErrorTypes: ['configuration', 'ledger-busy'],
};

/** Activities that visit nodes; they heartbeat every two seconds. */
export type Visits = Pick<Activities, 'surveyNodes' | 'probeNodes' | 'placeOnNodes' | 'makeKey'>;

export const VISIT_LIMITS = {
  // Fifty nodes, sixteen at a time, each with up to three operations and pauses, and every third of them timing out.
  startToCloseTimeout: '10m',
  // Five heartbeats missed: the worker is dead, and another one takes over.
  heartbeatTimeout: '10s',
  retry: RETRY,
} as const satisfies ActivityOptions;

/** Visits by the fleet's own workers. */
export const visits = proxyActivities<Visits>(VISIT_LIMITS);

/** Activities that read a file or ask Temporal; milliseconds of work, so half a minute is a dead worker. */
export const records = proxyActivities<
  Pick<Activities, 'describeFleet' | 'openLedger' | 'readLedger' | 'writeLedger' | 'closeLedger'>
>({ startToCloseTimeout: '30s', retry: RETRY });
