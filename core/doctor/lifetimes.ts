/** How many keys lifetimes and interval make necessary, and whether there is room for them. */
import { formatDuration } from '../duration.js';
import type { Examination } from '../examination.js';
import type { Policy } from '../policy.js';
import type { DoctorFinding } from './finding.js';

/** Keys that some valid token may need, at most: Keystone's own formula (admin guide, "Fernet keys"). */
export function neededKeys(policy: Policy, intervalMs: number): number {
  return Math.ceil((policy.expirationMs + policy.allowExpiredWindowMs) / intervalMs) + 2;
}

/** What rotor leaves: the same, a duplicate that makes place without a name vanishing, and the margin for clocks. */
export function filesLeft(policy: Policy, intervalMs: number): number {
  const { expirationMs, allowExpiredWindowMs, marginMs } = policy;
  return Math.ceil((expirationMs + allowExpiredWindowMs + marginMs) / intervalMs) + 3;
}

export function lifetimeFindings(
  policy: Policy,
  intervalMs: number,
  examinations: readonly Examination[],
): DoctorFinding[] {
  const files = filesLeft(policy, intervalMs);
  const every = formatDuration(intervalMs);
  const findings: DoctorFinding[] = [];
  if (files > policy.maxFiles)
    findings.push({
      code: 'too-many-keys',
      severity: 'error',
      message: `with a rotation every ${every} tokens need ${neededKeys(policy, intervalMs)} keys, and ${files} files would lie on each node: more than rotation.maxFiles (${policy.maxFiles})`,
      remedy: 'rotate less often, let tokens live shorter, or raise rotation.maxFiles',
    });
  if (policy.maxActiveKeys !== null && files >= policy.maxActiveKeys) {
    const where = examinations.filter(
      ({ found }) => found?.settings?.settings?.maxActiveKeys === policy.maxActiveKeys,
    );
    const who = where.length > 0 ? ` on ${where.map(({ node }) => node).join(', ')}` : '';
    findings.push({
      code: 'max-active-keys',
      severity: 'error',
      message: `max_active_keys is ${policy.maxActiveKeys}${who}: with a rotation every ${every} tokens need ${neededKeys(policy, intervalMs)} keys and ${files} files lie on each node, so a stray fernet_rotate would purge some`,
      remedy: `set [fernet_tokens] max_active_keys to ${files + 1} on every node, and tokens.maxActiveKeys where rotor.yaml has it`,
    });
  }
  return findings;
}
