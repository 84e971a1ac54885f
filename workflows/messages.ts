/** Names and messages that clients, workers and workflows share: workflow IDs, task queues, queries and updates. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { FailedAttempt } from '../core/attempts.js';
import { NOTHING_ON_RECORD, type Custody, type LedgerWrite } from '../core/custody.js';
import type { FleetView } from '../core/fleet-view.js';
import type { Ledger } from '../core/ledger.js';
import type { LedgerSummary } from '../core/summary.js';
import type { Order } from '../core/orders.js';
import type { Answer, OperationResult, Progress } from '../core/rotation.js';

/** One operation a fleet at a time: they all have the same workflow ID. */
export const rotationId = (fleet: string): string => `rotation/${fleet}`;
/** The long-lived workflow that holds the ledger. */
export const fleetId = (fleet: string): string => `fleet/${fleet}`;
/** What the Schedule starts; Temporal appends a time to it. */
export const triggerId = (fleet: string): string => `trigger/${fleet}`;
export const scheduleId = (fleet: string): string => `rotation/${fleet}`;
/** What looks at the fleet between rotations, and the workflows that it starts; Temporal appends a time to those. */
export const lookScheduleId = (fleet: string): string => `verify/${fleet}`;
export const scheduledLookId = (fleet: string): string => `scheduled-verify/${fleet}`;
/** One for each event and webhook. */
export const noticeId = (fleet: string, webhook: string, key: string): string =>
  `notice/${fleet}/${webhook}/${key}`;
export const verificationId = (fleet: string, unique: string): string => `verify/${fleet}/${unique}`;
export const planningId = (fleet: string, unique: string): string => `plan/${fleet}/${unique}`;
export const listingId = (fleet: string, unique: string): string => `inventory/${fleet}/${unique}`;
export const diagnosisId = (fleet: string, unique: string): string => `doctor/${fleet}/${unique}`;
/** Where the fleet's workers poll. */
export const taskQueueOf = (fleet: string): string => `rotor/${fleet}`;
/** Where the workers of a site poll that has its own. */
export const siteTaskQueueOf = (fleet: string, site: string): string => `${taskQueueOf(fleet)}/site/${site}`;
/** Where the worker of a pull node polls. */
export const nodeTaskQueueOf = (fleet: string, node: string): string => `${taskQueueOf(fleet)}/node/${node}`;
/** Where one worker of the fleet polls beside the others, for what only it can open. */
export const workerTaskQueueOf = (fleet: string, worker: string): string =>
  `${taskQueueOf(fleet)}/worker/${worker}`;

/** Who holds the locks on nodes and the ledger: the same for every run of an operation that was continued as new. */
export const operationName = (workflowId: string, firstRunId: string): string =>
  `${workflowId}/${firstRunId}`;

/** By which trace an operation was started, as Temporal's own interceptors for OpenTelemetry name it. */
export const TRACE_HEADER = '_tracer-data';

/** Names of the workflow types, as Temporal lists them. */
export const WORKFLOW = {
  rotation: 'rotation',
  reconciliation: 'reconciliation',
  revocation: 'revocation',
  planning: 'planning',
  listing: 'listing',
  diagnosis: 'diagnosis',
  fleet: 'fleet',
  trigger: 'trigger',
  verification: 'verification',
  scheduledVerification: 'scheduledVerification',
  notification: 'notification',
} as const;

export const progressQuery = defineQuery<Progress>('progress');
/** The fleet as the operation last saw it; too large for those who ask for progress twice a second. */
export const viewQuery = defineQuery<FleetView | null>('view');

/** What Temporal lists beside an operation: why it was started, and by whom. */
export interface OperationMemo {
  readonly reason: string;
  readonly startedBy: string;
}

/** Memo and summary of an operation, for `rotor history` and for Temporal's own page. */
export function labelsOf({ reason, startedBy }: OperationMemo) {
  const staticDetails = `**Why**: ${oneLine(reason)}\n\n**Started by**: ${oneLine(startedBy)}`;
  return { memo: { reason, startedBy }, staticSummary: oneLine(`${reason} (${startedBy})`), staticDetails };
}

/** Temporal takes a summary of one line and at most 400 bytes. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, MOST_SUMMARY_CHARACTERS);
}

/** A character may take four bytes. */
const MOST_SUMMARY_CHARACTERS = 100;

/** What operators say to an operation that runs; refused with a reason when it can't be followed. */
export const orderUpdate = defineUpdate<void, [{ order: Order }]>('order');
export const answerUpdate = defineUpdate<void, [{ answer: Answer }]>('answer');

/** What a worker says to an operation whose activity it failed; who reads the history finds it there. */
export const attemptFailedSignal = defineSignal<[FailedAttempt]>('attemptFailed');

/** What a fleet remembers between operations. */
export interface FleetState extends Custody {
  readonly fleet: string;
  /** When a rotation or a revocation has completed last, ISO 8601. */
  readonly lastRotatedAt: string | null;
  readonly lastRotation: OperationResult | null;
}

export function newFleet(fleet: string, custody: Custody = NOTHING_ON_RECORD): FleetState {
  return { ...custody, fleet, lastRotatedAt: null, lastRotation: null };
}

export interface FleetInput {
  readonly fleet: string;
  /** What the run before this one handed on; nothing of a fleet that is new. */
  readonly state?: FleetState;
}

/** What those who watch ask for all the time: no more than they show, because a ledger may be large. */
export interface FleetSummary extends LedgerSummary, Pick<FleetState, 'lastRotatedAt'> {
  /** When an operation completed last, which leaves every serving node read and in sync; null when none is known. */
  readonly provenAt: string | null;
  readonly lastOutcome: OperationResult['outcome'] | null;
}

export const fleetSummaryQuery = defineQuery<FleetSummary>('summary');
export const fleetStateQuery = defineQuery<FleetState>('state');

/** An order while no operation runs. */
export interface FleetOrder {
  readonly order: Order;
  readonly inventory: readonly string[];
  /** The operation that the client found ended, in case it could not close the ledger itself. */
  readonly ended: string | null;
}

export const fleetOrderUpdate = defineUpdate<void, [FleetOrder]>('order');

/** Makes this operation the only one that may write the ledger from now on. */
export const openOperation = defineUpdate<Ledger, [{ operation: string }]>('openOperation');
export const saveLedger = defineUpdate<void, [LedgerWrite]>('saveLedger');
export const closeOperation = defineUpdate<void, [LedgerWrite & { readonly result: OperationResult | null }]>(
  'closeOperation',
);

/** The answer of the workflow that the Schedule starts. */
export interface TriggerResult {
  /** `skipped`: a rotation was running already. */
  readonly outcome: OperationResult['outcome'] | 'skipped';
  readonly rotation: OperationResult | null;
}
