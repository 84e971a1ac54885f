/**
 * How each activity is tried: its own time limits, retry policy and failures that no repetition heals, with a reason for
 * each number. A node's own trouble is an activity's result, not its failure: the workflow looks again and plans anew. What
 * these policies retry is a worker that died or lost its way, so there is no limit of attempts; the workflow's own patience
 * decides when to give up.
 */
import { proxyActivities, type ActivityInterfaceFor, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';

/** Five heartbeats missed: the worker is dead, and another one takes over. */
const HEARTBEAT_TIMEOUT = '10s';

/**
 * A batch of a large fleet is more than a hundred nodes, and a worker opens a few dozen connections at a time. Each request to a
 * node has a time-out of its own and a dead worker is noticed by its heartbeat, so this is only for one that lost its way.
 */
const VISITS_TIMEOUT = '30m';

/** What comes back wrong at once comes back wrong in a second too; a worker that is restarted is back within seconds. */
const BACKOFF = { initialInterval: '1s', backoffCoefficient: 2 } as const;

/** A person has to mend the worker's file. */
const CONFIGURATION = 'configuration';
/** A source gave no answer: the operation that asked waits for it, so that whoever looks sees why. */
const INVENTORY = 'inventory';
/** Another operation has taken over, or this one has ended: whoever asks must stop. */
const LEDGER_BUSY = 'ledger-busy';

/** Of whatever needs the worker's file and the inventory that it names. */
const RETRY: ActivityOptions['retry'] = {
  ...BACKOFF,
  maximumInterval: '15s',
  nonRetryableErrorTypes: [CONFIGURATION, INVENTORY],
};

/** Of whatever waits for nothing but the ledger on record, so that it is tried again soon. */
const RETRY_SOON: ActivityOptions['retry'] = {
  ...BACKOFF,
  maximumInterval: '5s',
  nonRetryableErrorTypes: [LEDGER_BUSY],
};

const OPTIONS = {
  // Sources of the inventory may be programs, each of which may take a minute and a half.
  describeFleet: {
    startToCloseTimeout: '3m',
    retry: RETRY,
  },
  surveyNodes: {
    startToCloseTimeout: VISITS_TIMEOUT,
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    retry: RETRY,
  },
  probeNodes: {
    startToCloseTimeout: VISITS_TIMEOUT,
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    retry: RETRY,
  },
  placeOnNodes: {
    startToCloseTimeout: VISITS_TIMEOUT,
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    retry: RETRY,
  },
  // One node, two operations and pauses; every request may take its time-out.
  makeKey: {
    startToCloseTimeout: '5m',
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    retry: RETRY,
  },
  examineNodes: {
    startToCloseTimeout: VISITS_TIMEOUT,
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    retry: RETRY,
  },
  comparedMarks: {
    startToCloseTimeout: VISITS_TIMEOUT,
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    retry: RETRY,
  },
  removeMarks: {
    startToCloseTimeout: VISITS_TIMEOUT,
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    retry: RETRY,
  },
  // A few milliseconds of cryptography; a worker without an identity says so at once.
  announceKey: {
    startToCloseTimeout: '30s',
    retry: RETRY,
  },
  // The same and one key to read, where each of five holders may take a connection's and a request's time-out.
  sealKey: {
    startToCloseTimeout: '3m',
    retry: RETRY,
  },
  // Starts the fleet's workflow if need be, and waits for its first answer, which needs a worker with a free slot.
  openLedger: {
    startToCloseTimeout: '30s',
    retry: { ...BACKOFF, maximumInterval: '15s', nonRetryableErrorTypes: [LEDGER_BUSY] },
  },
  // A question to a workflow; nobody is in the way of it.
  readLedger: {
    startToCloseTimeout: '30s',
    retry: { ...BACKOFF, maximumInterval: '15s' },
  },
  // A question to Temporal itself.
  describeOperation: {
    startToCloseTimeout: '30s',
    retry: { ...BACKOFF, maximumInterval: '15s' },
  },
  // One request. An endpoint that is away for a day was told enough; what stays undelivered stands in Temporal as failed.
  deliverNotice: {
    startToCloseTimeout: '30s',
    scheduleToCloseTimeout: '1d',
    retry: { ...BACKOFF, maximumInterval: '5m', nonRetryableErrorTypes: [CONFIGURATION] },
  },
  // Nothing goes on without the ledger on record.
  writeLedger: {
    startToCloseTimeout: '15s',
    retry: RETRY_SOON,
  },
  // The nodes are done already; whoever follows waits for this alone.
  closeLedger: {
    startToCloseTimeout: '15s',
    retry: RETRY_SOON,
  },
} as const satisfies Record<keyof Activities, ActivityOptions>;

const proxyOf = <Name extends keyof Activities>(name: Name): Pick<ActivityInterfaceFor<Activities>, Name> =>
  proxyActivities<Activities>(OPTIONS[name]);

/** An activity without options of its own does not compile. */
export const { describeFleet } = proxyOf('describeFleet');
export const { openLedger } = proxyOf('openLedger');
export const { readLedger } = proxyOf('readLedger');
export const { describeOperation } = proxyOf('describeOperation');
export const { deliverNotice } = proxyOf('deliverNotice');
export const { writeLedger } = proxyOf('writeLedger');
export const { closeLedger } = proxyOf('closeLedger');

/** Work on nodes. */
export type Visits = Pick<
  ActivityInterfaceFor<Activities>,
  | 'surveyNodes'
  | 'probeNodes'
  | 'placeOnNodes'
  | 'makeKey'
  | 'announceKey'
  | 'sealKey'
  | 'examineNodes'
  | 'comparedMarks'
  | 'removeMarks'
>;

/** A worker that polls takes an activity at once, and one that is restarted is back within seconds. */
const NOBODY_POLLS_AFTER = '20s';

/**
 * @param summary one line for Temporal's UI
 * @param taskQueue of somebody who perhaps does not poll; left out, the work is the fleet's own workers'
 */
export function visitsWith(summary: string, taskQueue?: string): Visits {
  const place = taskQueue === undefined ? {} : { taskQueue, scheduleToStartTimeout: NOBODY_POLLS_AFTER };
  const proxyAt = <Name extends keyof Visits>(name: Name): Visits[Name] =>
    proxyActivities<Activities>({ ...OPTIONS[name], summary, ...place })[name];
  return {
    surveyNodes: proxyAt('surveyNodes'),
    probeNodes: proxyAt('probeNodes'),
    placeOnNodes: proxyAt('placeOnNodes'),
    makeKey: proxyAt('makeKey'),
    announceKey: proxyAt('announceKey'),
    sealKey: proxyAt('sealKey'),
    examineNodes: proxyAt('examineNodes'),
    comparedMarks: proxyAt('comparedMarks'),
    removeMarks: proxyAt('removeMarks'),
  };
}
