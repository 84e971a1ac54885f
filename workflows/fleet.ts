import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { EMPTY_LEDGER } from '../core/ledger.js';
import { followOrder, objectionTo } from '../core/orders.js';
import {
  closeOperation,
  fleetOrderUpdate,
  fleetStateQuery,
  openOperation,
  saveLedger,
  type FleetOrder,
  type FleetState,
} from './messages.js';

export interface FleetInput {
  readonly fleet: string;
  /** What the run before this one handed on. */
  readonly state?: FleetState;
}

/**
 * Lives as long as the fleet and holds what outlives an operation: the ledger, and who may write it. The operation that
 * opened last is the only writer; what an earlier one still sends is refused.
 */
export async function fleet(input: FleetInput): Promise<never> {
  let state: FleetState = input.state ?? {
    fleet: input.fleet,
    ledger: EMPTY_LEDGER,
    operation: null,
    lastRotation: null,
  };
  const mustBeOpen = ({ operation }: { operation: string }) => {
    if (operation === state.operation) return;
    throw ApplicationFailure.nonRetryable(
      `operation ${operation} was superseded by ${state.operation}`,
      'ledger-busy',
    );
  };

  setHandler(fleetStateQuery, () => state);
  setHandler(openOperation, ({ operation }) => {
    state = { ...state, operation };
    return state.ledger;
  });
  setHandler(
    saveLedger,
    ({ ledger }) => {
      state = { ...state, ledger };
    },
    { validator: mustBeOpen },
  );
  setHandler(
    closeOperation,
    ({ ledger, result }) => {
      state = { ...state, ledger, operation: null, lastRotation: result ?? state.lastRotation };
    },
    { validator: mustBeOpen },
  );

  setHandler(
    fleetOrderUpdate,
    ({ order, inventory }) => {
      state = { ...state, ledger: followOrder(state.ledger, order, inventory, Date.now()) };
    },
    {
      validator: ({ order, inventory, ended }: FleetOrder) => {
        if (state.operation !== null && state.operation !== ended)
          throw ApplicationFailure.nonRetryable(`operation ${state.operation} is open`, 'operation-open');
        const objection = objectionTo(order, state.ledger, inventory);
        if (objection !== null) throw ApplicationFailure.nonRetryable(objection, 'objection');
      },
    },
  );

  await condition(() => workflowInfo().continueAsNewSuggested && allHandlersFinished());
  return continueAsNew<typeof fleet>({ fleet: input.fleet, state });
}
