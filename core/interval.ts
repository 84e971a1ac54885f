/** What an interval between rotations means for keys, files and tokens. All times in milliseconds. */
import type { Policy } from './policy.js';

export interface IntervalFigures {
  /** The interval that was reckoned with: the shortest of the timer. */
  readonly intervalMs: number;
  /** `ceil((expiration + allow_expired_window) / interval) + 2`: what Keystone needs when it rotates and prunes by itself. */
  readonly keystonesMaxActiveKeys: number;
  /** Most files that a rotation leaves: staged, primary, the place of the next new key, and each key that a token may need. */
  readonly files: number;
  /** The least max_active_keys with which a stray `fernet_rotate` purges no key that is needed. */
  readonly maxActiveKeys: number;
  /** Longest `expiration + allow_expired_window` with which the limits of the settings are kept. */
  readonly longestLifetimeMs: number;
}

/** Beside the keys that tokens may need: staged, primary, and the place of the next new key. */
const STANDING_FILES = 3;

export function intervalFigures(policy: Policy, intervalMs: number): IntervalFigures {
  const lifetimeMs = policy.expirationMs + policy.allowExpiredWindowMs;
  const files = Math.ceil((lifetimeMs + policy.marginMs) / intervalMs) + STANDING_FILES;
  const oldKeys = Math.max(0, mostFiles(policy) - STANDING_FILES);
  return {
    intervalMs,
    keystonesMaxActiveKeys: Math.ceil(lifetimeMs / intervalMs) + 2,
    files,
    maxActiveKeys: files + 1,
    longestLifetimeMs: Math.max(0, oldKeys * intervalMs - policy.marginMs),
  };
}

/** Most files with which a rotation is not refused. */
export function mostFiles({ maxFiles, maxActiveKeys }: Policy): number {
  return maxActiveKeys === null ? maxFiles : Math.min(maxFiles, maxActiveKeys - 1);
}

/**
 * File operations of a rotation that follow each other, each with its pause: two to introduce a key on the first node and two
 * on all others, two in each of three waves of promotion, two to stage, and as many again for what has to be pruned.
 */
const OPERATIONS_IN_A_ROW = 16;
/** Looks, probes and round trips of an idle fleet. */
const VISITS_MS = 8_000;

/** How long a rotation takes on an idle fleet; only an estimate, for a fleet that has never been rotated. */
export function estimatedRotationMs(pauseMs: number): number {
  return VISITS_MS + OPERATIONS_IN_A_ROW * pauseMs;
}
