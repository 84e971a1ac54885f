/** The settings that decide what a rotation may do and when; all times in milliseconds. */
export interface Policy {
  /** keystone.conf `[token] expiration`. */
  readonly expirationMs: number;
  /** keystone.conf `[token] allow_expired_window`: how long services may still validate an expired token. */
  readonly allowExpiredWindowMs: number;
  /** Added to every lifetime, for clocks that differ. */
  readonly marginMs: number;
  /** Most files that a rotation may leave in a repository: Keystone opens each of them for every token. */
  readonly maxFiles: number;
  /**
   * keystone.conf `[fernet_tokens] max_active_keys`, null when it was not said. A stray `fernet_rotate` purges down to
   * this number by count, so it has to be larger than what a rotation leaves.
   */
  readonly maxActiveKeys: number | null;
}

/** A survey older than this is no evidence for a promotion: somebody may have changed a node since. */
export const EVIDENCE_MAX_AGE_MS = 60_000;

/** What each node may add to that: a look at thousands takes its time. */
export const EVIDENCE_AGE_PER_NODE_MS = 100;

/** With clocks further apart than this, no age is certain, and nothing is pruned. */
export const CLOCK_OFFSET_LIMIT_MS = 5 * 60_000;
