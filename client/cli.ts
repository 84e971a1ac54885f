import { CommanderError } from 'commander';
import { ConfigurationError } from '../configuration/configuration-error.js';
import { EXIT, UserError } from './errors.js';
import type { Io } from './output.js';
import { createProgram } from './program.js';

/**
 * Runs one command.
 *
 * @param argv without the program's own name
 * @returns the exit code
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = createProgram({ io, end: (code) => (exitCode = code) });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error, argv.includes('--json'), io);
  }
}

function report(error: unknown, json: boolean, io: Io): number {
  // Commander has said what was wrong, or printed the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const [code, exitCode] =
    error instanceof UserError
      ? [error.code, error.exitCode]
      : error instanceof ConfigurationError
        ? ['configuration', EXIT.usage]
        : ['internal', EXIT.error];
  const message = error instanceof Error ? error.message : String(error);
  if (json) io.out(`${JSON.stringify({ error: { code, message } })}\n`);
  io.err(`rotor: ${message}\n`);
  if (process.env.ROTOR_DEBUG && error instanceof Error) io.err(`${error.stack}\n`);
  return exitCode;
}
