import type { Progress, StepRecord } from '../core/rotation.js';

export const FAULT_PHASES = ['survey', 'distribute', 'confirm', 'promote', 'stage', 'prune'] as const;
export type FaultPhase = (typeof FAULT_PHASES)[number];

/** Phases that change what Keystone reads. */
export const CHANGING: readonly FaultPhase[] = ['distribute', 'promote', 'stage', 'prune'];

/** A step of the phase is at work now. */
export function isIn(phase: FaultPhase, { steps }: Progress): boolean {
  return phase === 'survey' ? steps.length === 0 : steps.some(isRunning(phase));
}

function isRunning(phase: FaultPhase): (step: StepRecord) => boolean {
  return (step) => step.phase === phase && step.endedAt === null;
}

/** A step of the phase was at work then; the survey is what comes before all steps. */
export function wasIn(phase: FaultPhase, at: number, { steps, startedAt }: Progress): boolean {
  const first = steps[0];
  if (phase === 'survey') return Date.parse(startedAt) <= at && (!first || at <= Date.parse(first.startedAt));
  return steps.some(
    (step) =>
      step.phase === phase &&
      Date.parse(step.startedAt) <= at &&
      (step.endedAt === null || at <= Date.parse(step.endedAt)),
  );
}
