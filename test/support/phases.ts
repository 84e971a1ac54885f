import type { Client } from '@temporalio/client';
import type { Progress } from '../../core/rotation.js';
import { rotationId } from '../../workflows/messages.js';
import { until } from './until.js';

/** Resolves while a step of the phase is at work; a survey is a look, and no step. */
export async function phaseRuns(client: Client, fleet: string, phase: string): Promise<void> {
  await until(async () => {
    const progress = await client.workflow.getHandle(rotationId(fleet)).query<Progress>('progress');
    if (phase === 'survey') return progress.phase === phase && progress.outcome === null;
    return progress.steps.some((step) => step.phase === phase && step.endedAt === null);
  });
}
