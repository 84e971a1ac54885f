import type { Policy } from '../core/policy.js';
import type { Configuration } from './schema.js';

/** The settings that decide what a rotation may do and when. */
export function policyOf({ tokens, rotation }: Configuration): Policy {
  return {
    expirationMs: tokens.expiration,
    allowExpiredWindowMs: tokens.allowExpiredWindow,
    marginMs: rotation.margin,
    maxFiles: rotation.maxFiles,
    maxActiveKeys: tokens.maxActiveKeys ?? null,
  };
}
