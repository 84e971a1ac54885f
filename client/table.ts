/** Lists as the `openstack` client gives them: `-f table|json|yaml|csv|value`, `-c COLUMN`, `--sort-column COLUMN`. */
import { stripVTControlCharacters } from 'node:util';
import { stringify as csvOf } from 'csv-stringify/sync';
import { stringify as yamlOf } from 'yaml';
import { usageError } from './errors.js';
import { show, type GlobalOptions, type Io, type ListOptions } from './output.js';

export type Cell = string | number | null;

/** Rows in the order of the columns. */
export interface List {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A command's answer: as one document, as text for people, and its list in the format that was asked for. */
export interface Answer {
  readonly document: unknown;
  readonly text: () => string;
  readonly list: () => List;
}

export function showList(io: Io, options: GlobalOptions & ListOptions, answer: Answer): void {
  if (!wantsList(options)) return show(io, options, answer.document, answer.text);
  const lines = formatList(answer.list(), options);
  if (lines !== '') io.out(`${lines}\n`);
}

/** Whether a list was asked for, in place of the text for people. */
function wantsList({ format, column, sortColumn }: ListOptions): boolean {
  return format !== undefined || column !== undefined || sortColumn !== undefined;
}

/**
 * Before anything else is done: a column that is not there is wrong usage, whatever the fleet says.
 *
 * @throws UserError (usage)
 */
export function checkColumns(options: ListOptions, columns: readonly string[]): void {
  for (const name of options.column ?? []) columnIndex('--column', name, columns);
  if (options.sortColumn !== undefined) columnIndex('--sort-column', options.sortColumn, columns);
}

export function formatList(list: List, options: ListOptions): string {
  const { columns, rows } = chosen(list, options);
  switch (options.format ?? 'table') {
    case 'table':
      return textTable([columns, ...rows.map((row) => row.map(textOf))]);
    case 'json':
      return JSON.stringify(records(columns, rows), null, 2);
    case 'yaml':
      return yamlOf(records(columns, rows)).trimEnd();
    case 'csv':
      return csvOf([columns, ...rows] as Cell[][], { quoted_string: true }).trimEnd();
    case 'value':
      return rows.map((row) => row.map(textOf).join(' ')).join('\n');
  }
}

function chosen({ columns, rows }: List, { column, sortColumn }: ListOptions): List {
  const sorted =
    sortColumn === undefined ? rows : sortedBy(columnIndex('--sort-column', sortColumn, columns), rows);
  if (column === undefined) return { columns, rows: sorted };
  const indexes = column.map((name) => columnIndex('--column', name, columns));
  const pick = <Value>(row: readonly Value[]) => indexes.map((index) => row[index]!);
  return { columns: pick(columns), rows: sorted.map(pick) };
}

function sortedBy(index: number, rows: List['rows']): List['rows'] {
  return [...rows].sort((a, b) => compare(a[index]!, b[index]!));
}

/** Numbers by size, also those within names; what is missing comes last. */
function compare(a: Cell, b: Cell): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : String(a).localeCompare(String(b), 'en', { numeric: true });
}

function columnIndex(option: string, name: string, columns: readonly string[]): number {
  const index = columns.findIndex((column) => column.toLowerCase() === name.toLowerCase());
  if (index >= 0) return index;
  throw usageError(`${option}: there is no column ${JSON.stringify(name)}; there are ${columns.join(', ')}`);
}

function records(columns: readonly string[], rows: List['rows']): Record<string, Cell>[] {
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null])));
}

function textOf(cell: Cell): string {
  return cell === null ? '-' : String(cell);
}

/** Columns as wide as they need, whatever the colours. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const width = (cell: string) => stripVTControlCharacters(cell).length;
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ''))));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat(widths[column]! - width(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
