import type { Io } from '../output.js';
import { runOperation, type FollowingOptions } from '../running.js';
import { withSession } from '../session.js';

export interface RotateOptions extends FollowingOptions {
  readonly reason: string;
}

/** Starts a rotation and follows it. */
export function rotate(io: Io, options: RotateOptions): Promise<number> {
  return withSession(options, (session) =>
    runOperation(io, options, session, { kind: 'rotate', reason: options.reason }),
  );
}
