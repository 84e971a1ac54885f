import type { GlobalOptions, Io } from '../output.js';
import { runOperation } from '../operations.js';
import { withSession } from '../session.js';

export interface RotateOptions extends GlobalOptions {
  readonly reason: string;
  readonly wait: boolean;
}

/** Starts a rotation and follows it. */
export function rotate(io: Io, options: RotateOptions): Promise<number> {
  return withSession(options, (session) =>
    runOperation(io, options, session, { kind: 'rotate', reason: options.reason }),
  );
}
