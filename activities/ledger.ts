import { ApplicationFailure, Context } from '@temporalio/activity';
import {
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import type { LedgerWrite } from '../core/custody.js';
import { EMPTY_LEDGER, type Ledger } from '../core/ledger.js';
import type { OperationResult } from '../core/rotation.js';
import { describeOperation, isRunning } from '../monitoring/fleet-reading.js';
import {
  WORKFLOW,
  closeOperation,
  fleetId,
  fleetStateQuery,
  openOperation,
  saveLedger,
  taskQueueOf,
} from '../workflows/messages.js';

/** The ledger lives in the workflow `fleet/<fleet>`; a workflow reaches another one's updates by an activity only. */
export function createLedgerActivities(client: Client) {
  /** Asks for no longer than this attempt may take: one that was given up must not open a ledger behind the next one's back. */
  const inTime = <T>(ask: () => Promise<T>): Promise<T> => {
    const { startToCloseTimeoutMs } = Context.current().info;
    return client.withDeadline(Date.now() + startToCloseTimeoutMs, ask).catch(refusal);
  };
  return {
    /** Makes this operation the only writer of the ledger, and starts the fleet's workflow if there is none. */
    async openLedger(request: { fleet: string; operation: string }): Promise<Ledger> {
      const startWorkflowOperation = new WithStartWorkflowOperation(WORKFLOW.fleet, {
        workflowId: fleetId(request.fleet),
        taskQueue: taskQueueOf(request.fleet),
        args: [{ fleet: request.fleet }],
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
      return inTime(() =>
        client.workflow.executeUpdateWithStart(openOperation, {
          startWorkflowOperation,
          args: [{ operation: request.operation }],
        }),
      );
    },

    async writeLedger(request: { fleet: string } & LedgerWrite): Promise<void> {
      const { fleet, ...write } = request;
      const handle = client.workflow.getHandle(fleetId(fleet));
      await inTime(() => handle.executeUpdate(saveLedger, { args: [write] }));
    },

    async closeLedger(
      request: { fleet: string; result: OperationResult | null } & LedgerWrite,
    ): Promise<void> {
      const { fleet, ...end } = request;
      const handle = client.workflow.getHandle(fleetId(fleet));
      await inTime(() => handle.executeUpdate(closeOperation, { args: [end] }));
      if (end.result) countEnd(fleet, end.result);
    },

    /** What runs, or ran last; a null run when there never was one. */
    async describeOperation({
      fleet,
    }: {
      fleet: string;
    }): Promise<{ runId: string | null; isRunning: boolean }> {
      const description = await describeOperation({ client, fleet });
      return { runId: description?.runId ?? null, isRunning: isRunning(description) };
    },

    /** What is known without opening an operation; an empty ledger when the fleet has no workflow yet. */
    async readLedger(request: { fleet: string }): Promise<Ledger> {
      try {
        return (await client.workflow.getHandle(fleetId(request.fleet)).query(fleetStateQuery)).ledger;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return EMPTY_LEDGER;
        throw error;
      }
    },
  };
}

/** By the worker that was told of it; whoever wants all adds up over the workers. */
function countEnd(fleet: string, { kind, outcome }: OperationResult): void {
  const counter = Context.current().metricMeter.createCounter('rotor_operations_total');
  counter.add(1, { fleet, kind, outcome });
}

/** The fleet's workflow says no only to who may not write any more; asking again would not help. */
function refusal(error: unknown): never {
  if (!(error instanceof WorkflowUpdateFailedError)) throw error;
  throw ApplicationFailure.nonRetryable(error.cause?.message ?? error.message, 'ledger-busy');
}
