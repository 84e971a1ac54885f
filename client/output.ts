import { createInterface } from 'node:readline/promises';
import { usageError } from './errors.js';

/** Where a command reads and writes; tests give their own. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly isTerminal: boolean;
}

export const processIo: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true && process.stdin.isTTY === true,
};

export interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
}

/** With `--json` standard output is one JSON document and nothing else; without it, the text for people. */
export function show(io: Io, options: GlobalOptions, document: unknown, text: () => string): void {
  io.out(options.json ? `${JSON.stringify(document)}\n` : `${text()}\n`);
}

/** Progress and remarks: standard output for people, standard error beside a JSON document. */
export function remark(io: Io, options: GlobalOptions, line: string): void {
  (options.json ? io.err : io.out)(`${line}\n`);
}

/** @throws UserError (usage) where nobody can be asked and `--yes` was not given */
export async function confirm(io: Io, options: GlobalOptions, question: string): Promise<boolean> {
  if (options.yes) return true;
  if (!io.isTerminal)
    throw usageError(`${question} Say --yes where nobody can be asked; nothing was changed.`);
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim());
  } finally {
    reader.close();
  }
}

/** A table of plain text, columns as wide as they need. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
