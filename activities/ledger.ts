import { ApplicationFailure } from '@temporalio/activity';
import {
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import { EMPTY_LEDGER, type Ledger } from '../core/ledger.js';
import type { OperationResult } from '../core/rotation.js';
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
  return {
    /** Makes this operation the only writer of the ledger, and starts the fleet's workflow if there is none. */
    async openLedger(request: { fleet: string; operation: string }): Promise<Ledger> {
      const startWorkflowOperation = new WithStartWorkflowOperation(WORKFLOW.fleet, {
        workflowId: fleetId(request.fleet),
        taskQueue: taskQueueOf(request.fleet),
        args: [{ fleet: request.fleet }],
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
      return client.workflow.executeUpdateWithStart(openOperation, {
        startWorkflowOperation,
        args: [{ operation: request.operation }],
      });
    },

    async writeLedger(request: { fleet: string; operation: string; ledger: Ledger }): Promise<void> {
      const { operation, ledger } = request;
      await client.workflow
        .getHandle(fleetId(request.fleet))
        .executeUpdate(saveLedger, { args: [{ operation, ledger }] })
        .catch(refuseSuperseded);
    },

    async closeLedger(request: {
      fleet: string;
      operation: string;
      ledger: Ledger;
      result: OperationResult | null;
    }): Promise<void> {
      const { operation, ledger, result } = request;
      await client.workflow
        .getHandle(fleetId(request.fleet))
        .executeUpdate(closeOperation, { args: [{ operation, ledger, result }] })
        .catch(refuseSuperseded);
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

/** The fleet's workflow says no only to an operation that is not the current one; asking again would not help. */
function refuseSuperseded(error: unknown): never {
  if (!(error instanceof WorkflowUpdateFailedError)) throw error;
  throw ApplicationFailure.nonRetryable('another operation has taken over this fleet', 'ledger-busy');
}
