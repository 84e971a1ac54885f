/** Names and messages that clients, workers and workflows share: workflow IDs, task queues, queries and updates. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Ledger } from '../core/ledger.js';
import type { Progress, RotationResult } from '../core/rotation.js';

/** One rotation a fleet at a time: they all have the same workflow ID. */
export const rotationId = (fleet: string): string => `rotation/${fleet}`;
/** The long-lived workflow that holds the ledger. */
export const fleetId = (fleet: string): string => `fleet/${fleet}`;
/** What the Schedule starts; Temporal appends a time to it. */
export const triggerId = (fleet: string): string => `trigger/${fleet}`;
export const scheduleId = (fleet: string): string => `rotation/${fleet}`;
export const verificationId = (fleet: string, unique: string): string => `verify/${fleet}/${unique}`;
/** Where the fleet's workers poll. */
export const taskQueueOf = (fleet: string): string => `rotor/${fleet}`;

/** Names of the workflow types, as Temporal lists them. */
export const WORKFLOW = {
  rotation: 'rotation',
  fleet: 'fleet',
  trigger: 'trigger',
  verification: 'verification',
} as const;

export const progressQuery = defineQuery<Progress>('progress');

/** What a fleet remembers between operations. */
export interface FleetState {
  readonly fleet: string;
  readonly ledger: Ledger;
  /** The operation that may write, as `workflow ID/run ID`; null when none is open. */
  readonly operation: string | null;
  readonly lastRotation: RotationResult | null;
}

export const fleetStateQuery = defineQuery<FleetState>('state');

/** Makes this operation the only one that may write the ledger from now on. */
export const openOperation = defineUpdate<Ledger, [{ operation: string }]>('openOperation');
export const saveLedger = defineUpdate<void, [{ operation: string; ledger: Ledger }]>('saveLedger');
export const closeOperation = defineUpdate<
  void,
  [{ operation: string; ledger: Ledger; result: RotationResult | null }]
>('closeOperation');

/** The answer of the workflow that the Schedule starts. */
export interface TriggerResult {
  /** `skipped`: a rotation was running already. */
  readonly outcome: RotationResult['outcome'] | 'skipped';
  readonly rotation: RotationResult | null;
}
