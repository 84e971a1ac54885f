import type { Client } from '@temporalio/client';
import type { Progress } from '../../core/rotation.js';
import { rotationId } from '../../workflows/messages.js';
import { until } from './until.js';

/** Resolves while a step of the phase is at work. */
export async function phaseRuns(client: Client, fleet: string, phase: string): Promise<void> {
  await until(async () => {
    const { steps } = await client.workflow.getHandle(rotationId(fleet)).query<Progress>('progress');
    return steps.some((step) => step.phase === phase && step.endedAt === null);
  });
}
