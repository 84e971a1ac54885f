import type { Client } from '@temporalio/client';
import { rotationId } from '../../workflows/messages.js';
import { SEARCH_ATTRIBUTES } from '../../workflows/search-attributes.js';
import { until } from '../../lab/until.js';

/** What a step of a phase has workers do; a look between two steps is none. */
const VISITS = ['makeKey', 'placeOnNodes', 'probeNodes'];

/**
 * Resolves while a step of the phase has work with a worker.
 *
 * Temporal alone is asked: a question to the workflow waits for a worker, and behind one that has just died for so long that a
 * phase begins and ends meanwhile.
 *
 * @param isAtWork whether a worker has to have begun on nodes
 */
export async function phaseRuns(
  client: Client,
  fleet: string,
  phase: string,
  { isAtWork = false } = {},
): Promise<void> {
  const handle = client.workflow.getHandle(rotationId(fleet));
  await until(async () => {
    const { typedSearchAttributes, raw } = await handle.describe();
    const visits = (raw.pendingActivities ?? []).filter(({ activityType }) =>
      VISITS.includes(activityType?.name ?? ''),
    );
    return (
      typedSearchAttributes.get(SEARCH_ATTRIBUTES.phase) === phase &&
      visits.some(({ heartbeatDetails }) => heartbeatDetails || !isAtWork)
    );
  });
}
