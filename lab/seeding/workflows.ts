/**
 * Operations that do what a script says, under the names, with the queries and the activities of the real ones: so a history of
 * any size and any outcome can be had in seconds. The fleet's own workflow is the real one.
 */
import {
  ApplicationFailure,
  condition,
  defineSignal,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { FleetView } from '../../core/fleet-view.js';
import type { OperationResult, Progress } from '../../core/rotation.js';
import { stepsOver, type ScriptedActivity, type Work } from './steps.js';
import { progressQuery, viewQuery } from '../../workflows/messages.js';

export { fleet } from '../../workflows/fleet.js';

export interface Script {
  /** How many steps, and over which nodes; no more than what they are made of, because a script is one message. */
  readonly work: Work;
  /** Null: it waits until it is ended by force. */
  readonly result: OperationResult | null;
  readonly shown: Shown;
}

/** What it says of itself. */
export interface Shown {
  readonly progress: Progress;
  readonly view: FleetView | null;
}

export const showSignal = defineSignal<[Shown]>('show');

type Answering = (request: unknown, result: unknown) => Promise<unknown>;

const activities = proxyActivities<Record<ScriptedActivity['activity'], Answering>>({
  startToCloseTimeout: '1m',
});

async function play(script: Script): Promise<OperationResult> {
  let { shown } = script;
  setHandler(progressQuery, () => shown.progress);
  setHandler(viewQuery, () => shown.view);
  setHandler(showSignal, (next) => void (shown = next));
  for (const step of stepsOver(script.work))
    await Promise.all(step.map(({ activity, request, result }) => activities[activity](request, result)));
  const { result } = script;
  if (result === null) {
    await condition(() => false);
    throw new Error('this is never reached');
  }
  if (result.outcome !== 'failed') return result;
  const { code, message } = result.error!;
  throw ApplicationFailure.create({ type: code, message, details: [result], nonRetryable: true });
}

export const rotation = play;
export const reconciliation = play;
export const revocation = play;
