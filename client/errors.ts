import { parseDuration } from '../core/duration.js';

/** Exit codes that scripts rely on; `timeout` is that of timeout(1), `interrupted` that of a shell for SIGINT. */
export const EXIT = {
  done: 0,
  error: 1,
  usage: 2,
  blocked: 3,
  drift: 4,
  timeout: 124,
  interrupted: 130,
} as const;

/** Something that the person at the keyboard can change; shown without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';

  constructor(
    readonly code: string,
    message: string,
    readonly exitCode: number = EXIT.error,
  ) {
    super(message);
  }
}

export function usageError(message: string): UserError {
  return new UserError('usage', message, EXIT.usage);
}

/**
 * A duration that was typed as an option's value, in milliseconds.
 *
 * @throws UserError (usage)
 */
export function durationOption(option: string, text: string): number;
export function durationOption(option: string, text: string | undefined): number | undefined;
export function durationOption(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    return parseDuration(text);
  } catch (error) {
    throw usageError(`${option}: ${(error as Error).message}`);
  }
}

/**
 * A whole number that was typed as an option's value.
 *
 * @throws UserError (usage)
 */
export function countOption(option: string, text: string, most: number): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw usageError(`${option}: expected a whole number from 1 to ${most}, got ${JSON.stringify(text)}`);
}
