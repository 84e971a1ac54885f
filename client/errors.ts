/** Exit codes that scripts rely on. */
export const EXIT = { done: 0, error: 1, usage: 2, blocked: 3, drift: 4, interrupted: 130 } as const;

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
