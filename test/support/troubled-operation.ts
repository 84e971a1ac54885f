/** A rotation in name whose one activity fails in every way that there is before it is done. Workflow code. */
import { proxyActivities, setHandler } from '@temporalio/workflow';
import { attemptFailedSignal } from '../../workflows/messages.js';

export async function rotation(): Promise<string> {
  setHandler(attemptFailedSignal, () => {});
  const { trouble } = proxyActivities<{ trouble: () => Promise<string> }>({
    startToCloseTimeout: '2s',
    retry: { initialInterval: '10ms', backoffCoefficient: 1 },
  });
  return trouble();
}
