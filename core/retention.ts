/** Which keys may be overwritten now. */
import { effectiveMarginMs, expiredKeys, type Ledger } from './ledger.js';
import { CLOCK_OFFSET_LIMIT_MS, type Policy } from './policy.js';
import type { Fingerprint } from './repository.js';
import { clockSpreadMs, type Survey } from './survey.js';

/**
 * Keys that no valid token can need any more; of those that are only old, none while clocks are so far apart that no age
 * is certain.
 */
export function expiredNow(survey: Survey, ledger: Ledger, policy: Policy, now: number): Fingerprint[] {
  const expired = expiredKeys(ledger, effectiveMarginMs(policy, survey, ledger), now);
  if (clockSpreadMs(survey, ledger.nodes) <= CLOCK_OFFSET_LIMIT_MS) return expired;
  return expired.filter((key) => ledger.keys[key]?.revoked);
}
