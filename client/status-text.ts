/** A fleet's status in sentences, after `rndc dnssec -status`. */
import type { Outcome } from '../core/rotation.js';
import { coloursOf, type Colours } from './colours.js';
import { fleetText } from './fleet-text.js';
import type { Io } from './output.js';
import type { StartedOperation, Status } from '../monitoring/status.js';
import { stepLines } from './step-table.js';
import { roughly, utcAndDistance } from '../core/times.js';

export function statusText(status: Status, io: Pick<Io, 'hasColours'>, now = Date.now()): string {
  const { view, steps, overdue, drift, verifiedAt } = status;
  return [
    ...headLines(status, now, coloursOf(io)),
    ...waitingLines(status, now),
    `  next run of the timer: ${nextRunText(status, now)}`,
    ...(overdue ? [`  overdue: ${overdue.message}`] : []),
    ...drift.map(({ message }) => `  drift at ${utcAndDistance(verifiedAt!, now)}: ${message}`),
    ...(steps.length > 0 ? ['', 'steps', ...stepLines(steps)] : []),
    ...(view ? ['', 'as it was last seen:', fleetText(view, io, now)] : []),
  ].join('\n');
}

function nextRunText({ nextRun, timer }: Status, now: number): string {
  if (nextRun !== null) return utcAndDistance(nextRun, now);
  return timer?.paused ? `none, it is paused${timer.note ? ` (${timer.note})` : ''}` : 'none';
}

function headLines(status: Status, now: number, colours: Colours): string[] {
  const { fleet, phase, outcome, reason, operation, runId, counts } = status;
  if (!operation) return [`fleet ${fleet}: ${phase}`, `  ${reason}`];
  const state =
    phase === 'idle'
      ? `idle; the last ${operation.type} ${colouredOutcome(outcome, colours)}${whenEnded(operation, now)}`
      : `${operation.type}, ${outcome === 'blocked' ? colouredOutcome(outcome, colours) : phase}`;
  const numbers = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`);
  return [
    `fleet ${fleet}: ${state}`,
    `  ${reason}`,
    `  run ${runId}, started ${utcAndDistance(operation.startedAt, now)}${byWhom(operation)}`,
    ...(numbers.length > 0 ? [`  nodes: ${numbers.join(', ')}`] : []),
  ];
}

function waitingLines({ blocking, answers }: Status, now: number): string[] {
  if (blocking.length === 0) return [];
  const sayable = [...answers, 'fence NODE'].map((answer) => `rotor ${answer}`).join(', ');
  return [
    ...blocking.map(
      ({ node, message, since }) =>
        `  waiting for ${node || 'the fleet'} since ${utcAndDistance(since, now)}: ${message}`,
    ),
    `  you can say: ${sayable}`,
  ];
}

function whenEnded({ endedAt }: StartedOperation, now: number): string {
  return endedAt === null ? '' : ` ${roughly(now - Date.parse(endedAt))} ago`;
}

/** Who and why, as far as it was said. */
export function byWhom({ startedBy, reason }: Pick<StartedOperation, 'startedBy' | 'reason'>): string {
  return startedBy === undefined ? '' : ` by ${startedBy}: ${reason}`;
}

export function colouredOutcome(
  outcome: Outcome | 'running' | 'terminated' | null,
  { green, red, yellow }: Colours,
): string {
  if (outcome === 'completed') return green(outcome);
  if (outcome === 'failed' || outcome === 'terminated') return red(outcome);
  return yellow(outcome ?? 'unknown');
}
