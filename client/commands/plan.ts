import type { ForecastStep } from '../../core/forecast.js';
import type { Planning } from '../../workflows/planning.js';
import { EXIT, usageError } from '../errors.js';
import { planFor } from '../look.js';
import { show, type GlobalOptions, type Io } from '../output.js';
import { withSession } from '../session.js';
import { verificationText } from './verify.js';

export interface PlanOptions extends GlobalOptions {
  readonly steps?: string;
}

/** Says what a rotation would do now, step by step and when. Changes nothing. */
export async function plan(io: Io, options: PlanOptions): Promise<number> {
  const steps = options.steps === undefined ? null : stepCount(options.steps);
  return withSession(options, async (session) => {
    const planning = await planFor(session, { steps, syncOnly: false, orders: [] });
    show(io, options, planning, () => textOf(planning));
    return planning.stoppedBy ? EXIT.blocked : EXIT.done;
  });
}

const MOST_STEPS = 1_000;

function stepCount(text: string): number {
  const steps = Number(text);
  if (Number.isInteger(steps) && steps >= 1 && steps <= MOST_STEPS) return steps;
  throw usageError(`--steps: expected a whole number from 1 to ${MOST_STEPS}, got ${JSON.stringify(text)}`);
}

function textOf({ verification, steps, stoppedBy }: Planning): string {
  return [
    verificationText(verification),
    steps.length === 0 ? 'nothing would be done now' : 'a rotation that started now would:',
    ...stepLines(steps),
    ...(stoppedBy ? [`and stop there: ${stoppedBy.message}`] : []),
    'nothing was changed',
  ].join('\n');
}

export function stepLines(steps: readonly ForecastStep[]): string[] {
  return steps.map(
    ({ at, phase, reason }, index) => `  ${`${index + 1}.`.padEnd(4)} ${at}  ${phase.padEnd(10)} ${reason}`,
  );
}
