/** What somebody could run who may start workflows: any activity of any worker. Workflow code. */
import { proxyActivities } from '@temporalio/workflow';

export interface Wish {
  readonly taskQueue: string;
  readonly activity: string;
  readonly request: unknown;
}

export async function anyActivity({ taskQueue, activity, request }: Wish): Promise<unknown> {
  const activities = proxyActivities<Record<string, (request: unknown) => Promise<unknown>>>({
    taskQueue,
    startToCloseTimeout: '1m',
    retry: { maximumAttempts: 1 },
  });
  return activities[activity]!(request);
}
