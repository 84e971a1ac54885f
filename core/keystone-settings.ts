/** What a node's own keystone.conf says, as far as it decides how long keys are needed. */
import type { FleetDescription } from './messages.js';
import type { Policy } from './policy.js';
import type { Survey } from './survey.js';

export interface KeystoneSettings {
  /** `[token] provider` */
  readonly provider: string;
  /** `[token] expiration` */
  readonly expirationMs: number;
  /** `[token] allow_expired_window` */
  readonly allowExpiredWindowMs: number;
  /** `[token] caching`: a validation may be answered from a cache. */
  readonly caching: boolean;
  /** `[fernet_tokens] max_active_keys` */
  readonly maxActiveKeys: number;
  /** `[fernet_tokens] key_repository`, as that Keystone sees it. */
  readonly keyRepository: string;
  /** `[fernet_receipts] key_repository` */
  readonly receiptRepository: string;
}

/**
 * The configuration's policy, made safe for every node that was read: the longest lifetimes, because a key that is kept for too
 * long harms nobody, and the smallest number of keys that a stray `fernet_rotate` would leave.
 */
export function withKeystoneSettings(fleet: FleetDescription, survey: Survey): FleetDescription {
  const settings = survey.nodes.flatMap((node) => node.settings ?? []);
  return settings.length === 0 ? fleet : { ...fleet, policy: policyFor(fleet.policy, settings) };
}

function policyFor(policy: Policy, settings: readonly KeystoneSettings[]): Policy {
  const counts = [policy.maxActiveKeys, ...settings.map((each) => each.maxActiveKeys)];
  return {
    ...policy,
    expirationMs: Math.max(policy.expirationMs, ...settings.map((each) => each.expirationMs)),
    allowExpiredWindowMs: Math.max(
      policy.allowExpiredWindowMs,
      ...settings.map((each) => each.allowExpiredWindowMs),
    ),
    maxActiveKeys: Math.min(...counts.filter((count) => count !== null)),
  };
}
