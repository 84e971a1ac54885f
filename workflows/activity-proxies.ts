/**
 * How each kind of activity is tried, with a reason for each number. A node's own trouble is an activity's result, not
 * its failure: the workflow looks again and plans anew. What these policies retry is a worker that died or lost its way,
 * so there is no limit of attempts; the workflow's own patience decides when to give up.
 */
import { proxyActivities, type RetryPolicy } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';

/** Failures that no repetition heals. */
const RETRY: RetryPolicy = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  // A worker that is restarted is back within seconds; longer gaps would only make the rotation wait for nothing.
  maximumInterval: '15s',
  nonRetryableErrorTypes: ['configuration', 'inventory', 'ledger-busy'],
};

/** Activities that visit nodes; they heartbeat every two seconds. */
export const visits = proxyActivities<
  Pick<
    Activities,
    | 'surveyNodes'
    | 'probeNodes'
    | 'placeOnNodes'
    | 'makeKey'
    | 'examineNodes'
    | 'comparedMarks'
    | 'removeMarks'
  >
>({
  // Fifty nodes, sixteen at a time, each with up to three operations and pauses, and every third of them timing out.
  startToCloseTimeout: '10m',
  // Five heartbeats missed: the worker is dead, and another one takes over.
  heartbeatTimeout: '10s',
  retry: RETRY,
});

/** Activities that ask Temporal; milliseconds of work, so half a minute is a dead worker. */
export const records = proxyActivities<
  Pick<Activities, 'openLedger' | 'readLedger' | 'writeLedger' | 'closeLedger'>
>({ startToCloseTimeout: '30s', retry: RETRY });

/** Sources of the inventory may be programs, each of which may take a minute and a half. */
export const sources = proxyActivities<Pick<Activities, 'describeFleet'>>({
  startToCloseTimeout: '3m',
  retry: RETRY,
});
