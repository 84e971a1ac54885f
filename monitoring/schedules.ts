/** Temporal's Schedules as timers. */
import { ScheduleNotFoundError, WorkflowNotFoundError, type ScheduleDescription } from '@temporalio/client';
import type { Timer } from '../core/timer.js';

export function timerOf({ state, info, spec }: ScheduleDescription): Timer {
  return {
    isPaused: state.paused,
    note: state.note || null,
    createdAt: info.createdAt.getTime(),
    nextRuns: info.nextActionTimes.map((time) => time.getTime()),
    lastRunAt: info.recentActions.at(-1)?.takenAt.getTime() ?? null,
    jitterMs: Number(spec.jitter ?? 0),
  };
}

export function unlessNotFound(error: unknown): null {
  if (error instanceof ScheduleNotFoundError || error instanceof WorkflowNotFoundError) return null;
  throw error;
}
