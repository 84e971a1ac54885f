import { ApplicationFailure, Context } from '@temporalio/activity';
import {
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { restored, type LedgerWrite } from '../core/custody.js';
import { EMPTY_LEDGER, type Ledger } from '../core/ledger.js';
import type { OperationResult } from '../core/rotation.js';
import { describeOperation, isRunning } from '../monitoring/fleet-reading.js';
import {
  WORKFLOW,
  closeOperation,
  fleetId,
  fleetStateQuery,
  newFleet,
  openOperation,
  saveLedger,
  taskQueueOf,
  type FleetInput,
} from '../workflows/messages.js';

/** The ledger lives in the workflow `fleet/<fleet>`; a workflow reaches another one's updates by an activity only. */
export function createLedgerActivities(client: Client) {
  /** Asks for no longer than this attempt may take: one that was given up must not open a ledger behind the next one's back. */
  const inTime = <T>(ask: () => Promise<T>): Promise<T> => {
    const { startToCloseTimeoutMs } = Context.current().info;
    return client.withDeadline(Date.now() + startToCloseTimeoutMs, ask).catch(refusal);
  };
  /** The update, and before it the fleet's workflow if there is none. */
  const tellStarted = <Answer, Argument>(
    update: UpdateDefinition<Answer, [Argument]>,
    argument: Argument,
    input: FleetInput,
  ): Promise<Answer> => {
    const startWorkflowOperation = new WithStartWorkflowOperation(WORKFLOW.fleet, {
      workflowId: fleetId(input.fleet),
      taskQueue: taskQueueOf(input.fleet),
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    return client.workflow.executeUpdateWithStart(update, { startWorkflowOperation, args: [argument] });
  };
  /** Where somebody ended the fleet's workflow under the operation, another begins with all that this one writes. */
  const write = async <Write extends LedgerWrite>(
    update: UpdateDefinition<void, [Write]>,
    what: Write,
    fleet: string,
  ): Promise<void> => {
    try {
      await client.workflow.getHandle(fleetId(fleet)).executeUpdate(update, { args: [what] });
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      await tellStarted(update, what, { fleet, state: newFleet(fleet, restored(what)) });
    }
  };
  return {
    /** Makes this operation the only writer of the ledger. */
    openLedger({ fleet, operation }: { fleet: string; operation: string }): Promise<Ledger> {
      return inTime(() => tellStarted(openOperation, { operation }, { fleet }));
    },

    writeLedger({ fleet, ...what }: { fleet: string } & LedgerWrite): Promise<void> {
      return inTime(() => write(saveLedger, what, fleet));
    },

    async closeLedger({
      fleet,
      ...end
    }: { fleet: string; result: OperationResult | null } & LedgerWrite): Promise<void> {
      await inTime(() => write(closeOperation, end, fleet));
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
