/** Steps as they were carried out, each in a line with its problems below. */
import type { StepRecord } from '../core/rotation.js';
import type { List } from './table.js';
import { textTable } from './table.js';
import { timeOfDay, tookText } from '../core/times.js';

export const STEP_COLUMNS = ['Started', 'Phase', 'Seconds', 'Nodes', 'Problems', 'Reason'];

export function stepList(steps: readonly StepRecord[]): List {
  return {
    columns: STEP_COLUMNS,
    rows: steps.map(({ startedAt, phase, endedAt, nodes, problems, reason }) => [
      startedAt,
      phase,
      endedAt === null ? null : tookMs(startedAt, endedAt) / 1000,
      nodes.join(' '),
      problems.map(({ node, code }) => `${node}:${code}`).join(' ') || null,
      reason,
    ]),
  };
}

export function stepLines(steps: readonly StepRecord[]): string[] {
  const lines = textTable(
    steps.map(({ startedAt, phase, endedAt, reason }) => [
      `  ${timeOfDay(startedAt)}`,
      phase,
      endedAt === null ? 'running' : tookText(tookMs(startedAt, endedAt)),
      reason,
    ]),
  ).split('\n');
  return steps.flatMap(({ problems }, index) => [
    lines[index]!,
    ...problems.map(({ code, message }) => `${' '.repeat(12)}${code}: ${message}`),
  ]);
}

function tookMs(startedAt: string, endedAt: string): number {
  return Date.parse(endedAt) - Date.parse(startedAt);
}
