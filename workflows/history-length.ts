import { workflowInfo } from '@temporalio/workflow';

/** Temporal suggests a new history at 4 MB; those who replay or read one are better off with less. */
const LONG_BYTES = 1_000_000;

/** Whether a workflow should go on in a new history as soon as it can. */
export function isHistoryLong(): boolean {
  const { continueAsNewSuggested, historySize } = workflowInfo();
  return continueAsNewSuggested || historySize > LONG_BYTES;
}
