import { setHandler, workflowInfo } from '@temporalio/workflow';
import { INVENTORY_REMEDY, inventoryChangeText } from '../core/inventory-change.js';
import { hasNewDrift, scheduledLookOf, type ScheduledLook } from '../core/scheduled-look.js';
import type { FleetView } from '../core/fleet-view.js';
import { describeOperation } from './activity-proxies.js';
import { viewQuery } from './messages.js';
import { Notices } from './notices.js';
import { lookOnly, type Finding } from './verification.js';

/**
 * What the Schedule of looks starts: a look between rotations. Its result is what those who watch read; Temporal hands it
 * to the next run. While an operation changes keys nodes differ by design, so such a look counts for nothing. What it saw of each node
 * is for those who ask: it may be large, and the next run has no need of it.
 *
 * @returns the last look that counts; null when there is none yet
 */
export async function scheduledVerification({ fleet }: { fleet: string }): Promise<ScheduledLook | null> {
  let view: FleetView | null = null;
  setHandler(viewQuery, () => view);
  const before = (workflowInfo().lastResult as ScheduledLook | null | undefined) ?? null;
  const operation = await describeOperation({ fleet });
  if (operation.isRunning) return before;
  const finding = await lookOnly(fleet);
  const operationAfter = await describeOperation({ fleet });
  if (operationAfter.isRunning || operationAfter.runId !== operation.runId) return before;
  view = finding.verification;
  const look = lookOf(finding, before);
  if (hasNewDrift(look, before)) await tell(fleet, look, finding);
  return look;
}

function lookOf({ verification }: Finding, before: ScheduledLook | null): ScheduledLook {
  const { inventoryChange: change } = verification;
  const problem = change && {
    code: 'inventory-changed' as const,
    message: `${inventoryChangeText(change)}; ${INVENTORY_REMEDY}`,
  };
  return scheduledLookOf(verification, problem, before);
}

async function tell(fleet: string, { at, drift }: ScheduledLook, { description }: Finding): Promise<void> {
  const { workflowId, runId } = workflowInfo();
  const notices = new Notices(fleet);
  notices.learn(description);
  await notices.tell({
    event: 'drift',
    fleet,
    key: `${runId}/drift`,
    at,
    summary: `${drift.length} differences between rotations: ${drift[0]!.message}`,
    ...{ operation: null, workflowId, runId, outcome: null },
    problems: drift,
  });
}
