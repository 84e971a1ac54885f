import { forecast, type Forecast } from '../core/forecast.js';
import { withIntent } from '../core/ledger.js';
import { followOrder, type Order } from '../core/orders.js';
import { questionsOf, type Questions } from '../core/questions.js';
import { expiredNow } from '../core/retention.js';
import { lookOnly, type Verification } from './verification.js';

export interface PlanningRequest {
  readonly fleet: string;
  /** Null: to the end of the next rotation. */
  readonly steps: number | null;
  /** Nothing but what brings the fleet in sync. */
  readonly syncOnly: boolean;
  /** What the forecast takes for said. */
  readonly orders: readonly Order[];
  /** When the next scheduled rotation is, ISO 8601; null without one. */
  readonly nextRun: string | null;
}

export interface Planning extends Forecast {
  readonly verification: Verification;
  /** What a reconciliation would have to be told. */
  readonly questions: Questions;
}

/** Looks at every node and says what an operation would do now, step by step. Changes nothing. */
export async function planning(request: PlanningRequest): Promise<Planning> {
  const { verification, description, survey, ledger } = await lookOnly(request.fleet);
  const inventory = survey.nodes.map(({ name }) => name);
  const told = request.orders.reduce(
    (known, order) => followOrder(known, order, inventory, survey.at),
    withIntent(ledger, { kind: 'sync' }),
  );
  const nextRunAt = request.nextRun === null ? null : Date.parse(request.nextRun);
  const expired = expiredNow(survey, ledger, description.policy, survey.at);
  return {
    verification,
    questions: questionsOf(survey, ledger, expired),
    ...forecast(survey, told, description, { steps: request.steps, syncOnly: request.syncOnly, nextRunAt }),
  };
}
