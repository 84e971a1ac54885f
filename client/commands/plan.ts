import type { ForecastStep } from '../../core/forecast.js';
import type { Planning } from '../../workflows/planning.js';
import { countOption, EXIT } from '../errors.js';
import { fleetText } from '../fleet-text.js';
import { planFor } from '../look.js';
import type { GlobalOptions, Io, ListOptions } from '../output.js';
import { withSession } from '../session.js';
import { checkColumns, showList, textTable, type List } from '../table.js';
import { tookText, utc } from '../../core/times.js';

export interface PlanOptions extends GlobalOptions, ListOptions {
  readonly steps?: string;
}

const MOST_STEPS = 1_000;
const COLUMNS = ['#', 'Time', 'Phase', 'Seconds', 'Operations', 'Nodes', 'Reason'];

/** Says what a rotation would do now, step by step and when. Changes nothing. */
export async function plan(io: Io, options: PlanOptions): Promise<number> {
  checkColumns(options, COLUMNS);
  const steps = options.steps === undefined ? null : countOption('--steps', options.steps, MOST_STEPS);
  return withSession(options, async (session) => {
    const planning = await planFor(session, { steps, syncOnly: false, orders: [] });
    showList(io, options, {
      document: planning,
      text: () => textOf(planning, io),
      list: () => listOf(planning.steps),
    });
    return planning.stoppedBy ? EXIT.blocked : EXIT.done;
  });
}

function listOf(steps: readonly ForecastStep[]): List {
  return {
    columns: COLUMNS,
    rows: steps.map(({ at, phase, tookMs, operations, nodes, reason }, index) => [
      index + 1,
      at,
      phase,
      tookMs / 1000,
      operations,
      nodes.join(' '),
      reason,
    ]),
  };
}

function textOf({ verification, steps, stoppedBy }: Planning, io: Io): string {
  return [
    fleetText(verification, io),
    '',
    ...(steps.length > 0 ? ['a rotation that started now would:', ...stepLines(steps)] : []),
    ...stopLines(steps, stoppedBy),
    'nothing was changed',
  ].join('\n');
}

/** What is in the way of the first step, or of the one after the last. */
export function stopLines(steps: readonly ForecastStep[], stoppedBy: Planning['stoppedBy']): string[] {
  if (stoppedBy)
    return [`${steps.length === 0 ? 'nothing can be done' : 'and stop there'}: ${stoppedBy.message}`];
  return steps.length === 0 ? ['nothing has to be done'] : [];
}

export function stepLines(steps: readonly ForecastStep[]): string[] {
  const rows = steps.map(({ at, phase, tookMs, reason }, index) => [
    `  ${index + 1}.`,
    utc(at),
    phase,
    `about ${tookText(tookMs)}`,
    reason,
  ]);
  return textTable(rows).split('\n');
}
