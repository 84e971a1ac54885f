import { wantsColours } from './colours.js';
import { EXIT, UserError, usageError } from './errors.js';

/** Where a command reads and writes; tests give their own. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Somebody is there who can be asked and who looks on. */
  readonly isTerminal: boolean;
  readonly hasColours?: boolean;
}

export const processIo: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true && process.stdin.isTTY === true,
  hasColours: wantsColours(process.stdout, process.env),
};

export interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
  /** False with `--no-input`. */
  readonly input?: boolean;
}

export const FORMATS = ['table', 'json', 'yaml', 'csv', 'value'] as const;

/** Of a command that has a list to give. */
export interface ListOptions {
  readonly format?: (typeof FORMATS)[number];
  readonly column?: readonly string[];
  readonly sortColumn?: string;
}

/** Standard output has data and nothing else: one JSON document, or the text for people. */
export function show(io: Io, options: GlobalOptions, document: unknown, text: () => string): void {
  io.out(options.json ? `${JSON.stringify(document)}\n` : `${text()}\n`);
}

/** Progress and remarks: for whoever looks on, never data. */
export function remark(io: Io, line: string): void {
  io.err(`${line}\n`);
}

export function canAsk(io: Io, { input }: GlobalOptions): boolean {
  return io.isTerminal && input !== false;
}

/** @throws UserError (usage) where nobody can be asked and `--yes` was not given */
export async function confirm(io: Io, options: GlobalOptions, question: string): Promise<boolean> {
  if (options.yes) return true;
  if (!canAsk(io, options))
    throw usageError(`${question} Say --yes where nobody can be asked; nothing was changed.`);
  return /^y(es)?$/i.test((await ask(`${question} [y/N] `)).trim());
}

/** @throws UserError (interrupted) on Ctrl-C; an end of the input is an empty answer */
async function ask(prompt: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<string>((resolve, reject) => {
    reader.once('SIGINT', () =>
      reject(new UserError('interrupted', 'nothing was changed', EXIT.interrupted)),
    );
    reader.once('close', () => resolve(''));
  });
  try {
    return await Promise.race([reader.question(prompt), ended]);
  } finally {
    reader.close();
  }
}
