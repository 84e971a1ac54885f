import type { RaceResult } from './race.js';

const HEADINGS = ['method', 'rotations', 'reads', 'unrecognized', 'errors', 'pause'];

/** For people; the first column is text, the others are numbers. */
export function renderTable({ methods }: RaceResult): string {
  const rows = methods.map(({ name, rotations, reads, unrecognized, errors, pauseMs }) => [
    name,
    ...[rotations, reads, unrecognized, errors].map((number) => number.toLocaleString('en')),
    pauseMs === undefined ? '-' : `${pauseMs} ms`,
  ]);
  const table = [HEADINGS, ...rows];
  const widths = HEADINGS.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const renderCell = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  return table.map((row) => `${row.map(renderCell).join('  ')}\n`).join('');
}
