import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  setHandler,
} from '@temporalio/workflow';
import {
  closed,
  isClosed,
  objectionToClosing,
  objectionToOpening,
  objectionToWriting,
  opened,
  ordered,
  written,
  type LedgerWrite,
} from '../core/custody.js';
import type { OperationResult } from '../core/rotation.js';
import { summaryOf } from '../core/summary.js';
import { objectionTo } from '../core/orders.js';
import { isHistoryLong } from './history-length.js';
import {
  closeOperation,
  fleetOrderUpdate,
  fleetStateQuery,
  fleetSummaryQuery,
  newFleet,
  openOperation,
  saveLedger,
  type FleetInput,
  type FleetOrder,
  type FleetState,
} from './messages.js';

/** Lives as long as the fleet and holds what outlives an operation: the ledger, and who may write it. */
export async function fleet(input: FleetInput): Promise<never> {
  let state = input.state ?? newFleet(input.fleet);

  setHandler(fleetStateQuery, () => state);
  setHandler(fleetSummaryQuery, () => ({
    ...summaryOf(state.ledger),
    lastRotatedAt: state.lastRotatedAt,
    lastOutcome: state.lastRotation?.outcome ?? null,
    provenAt: state.lastRotation?.outcome === 'completed' ? state.lastRotation.endedAt : null,
  }));
  setHandler(
    openOperation,
    ({ operation }) => {
      state = { ...state, ...opened(state, operation) };
      return state.ledger;
    },
    {
      validator: ({ operation }: { operation: string }) =>
        refuse('ledger-busy', objectionToOpening(state, operation)),
    },
  );
  setHandler(
    saveLedger,
    (write) => {
      state = { ...state, ...written(state, write) };
    },
    { validator: (write: LedgerWrite) => refuse('ledger-busy', objectionToWriting(state, write)) },
  );
  setHandler(
    closeOperation,
    (end) => {
      if (isClosed(state, end)) return;
      state = { ...state, ...closed(state, end), ...remembered(end.result) };
    },
    { validator: (end: LedgerWrite) => refuse('ledger-busy', objectionToClosing(state, end)) },
  );

  setHandler(
    fleetOrderUpdate,
    ({ order, inventory }) => {
      state = { ...state, ...ordered(state, order, inventory, Date.now()) };
    },
    {
      validator: ({ order, inventory, ended: over }: FleetOrder) => {
        if (state.operation !== null && state.operation !== over)
          refuse('operation-open', `operation ${state.operation} is open`);
        refuse('objection', objectionTo(order, state.ledger, inventory));
      },
    },
  );

  await condition(() => isHistoryLong() && allHandlersFinished());
  return continueAsNew<typeof fleet>({ fleet: input.fleet, state });
}

function remembered(result: OperationResult | null): Partial<FleetState> {
  if (result === null) return {};
  const isNewPrimary = result.outcome === 'completed' && result.kind !== 'reconcile';
  return { lastRotation: result, ...(isNewPrimary && { lastRotatedAt: result.endedAt }) };
}

function refuse(type: string, objection: string | null): void {
  if (objection !== null) throw ApplicationFailure.nonRetryable(objection, type);
}
