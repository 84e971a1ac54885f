/** What the checker prints: its bounds and counts, and which mutant was caught where. */
import type { Result } from './checker.js';
import type { Mutant } from './mutants.js';
import type { Scenario } from './scenario.js';
import { abridged } from './trace.js';

const COLUMNS = ['scenario', 'bounds', 'states', 'transitions', 'recoveries', 'seconds'];

export function tableOf(results: readonly Result[]): string {
  const rows = results.map(({ scenario, states, transitions, recoveries, milliseconds, isComplete }) => [
    scenario.name,
    boundsOf(scenario),
    `${count(states)}${isComplete ? '' : ' and more'}`,
    count(transitions),
    count(recoveries),
    (milliseconds / 1000).toFixed(1),
  ]);
  const sum = (value: (result: Result) => number) =>
    results.reduce((total, result) => total + value(result), 0);
  const total = [
    'all',
    '',
    count(sum(({ states }) => states)),
    count(sum(({ transitions }) => transitions)),
    count(sum(({ recoveries }) => recoveries)),
    (sum(({ milliseconds }) => milliseconds) / 1000).toFixed(1),
  ];
  return aligned([COLUMNS, ...rows, total]);
}

export function boundsOf(scenario: Scenario): string {
  const { nodes, programmes, budget, fenced, deaf, clocks } = scenario;
  const faults = Object.entries(budget).map(([what, times]) => `${what} ${times}`);
  const others = [
    ...(fenced ? [`fenced ${fenced.map((node) => `n${node}`).join()}`] : []),
    ...(deaf ? [`deaf ${deaf.map((node) => `n${node}`).join()}`] : []),
    ...(clocks ? [`clocks ${clocks.join('/')}`] : []),
  ];
  return [`${nodes} nodes`, ...programmes.map((programme) => programme.join('+')), ...faults, ...others].join(
    ', ',
  );
}

/** The shortest way to a violation, in words. */
export function traceOf({ scenario, found }: Result): string {
  if (!found) return `${scenario.name}: nothing is violated`;
  const lines = abridged(found.trace).map((line) => `  ${line}`);
  return [`${scenario.name}: ${found.invariant} violated: ${found.message}`, ...lines].join('\n');
}

export function caughtLine(mutant: Mutant, result: Result | null): string {
  if (!result?.found) return `NOT CAUGHT  ${mutant.name}`;
  const { scenario, found } = result;
  return `${mutant.name} → ${scenario.name}: ${found.invariant}, ${found.message} (${found.trace.length - 1} steps)`;
}

function count(number: number): string {
  return number.toLocaleString('en');
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const cell = (text: string, column: number) =>
    column < 2 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}
