/** A look at a fleet as a person reads it: every node, and every key with what may be assumed of it, its age and its end. */
import { fleetKeyStates, type AssumedState } from './key-states.js';
import { effectiveMarginMs, isRevoked, neededUntil, type Ledger } from './ledger.js';
import { readNodes } from './membership.js';
import type { Policy } from './policy.js';
import { primaryOf, stagedOf, type Fingerprint } from './repository.js';
import { expiredNow } from './retention.js';
import type { Survey } from './survey.js';
import { assess, mostCommon, type Assessment } from './sync.js';
import { iso } from './times.js';

/** What a key is to the fleet; that of most nodes, where they differ. */
export type KeyRole = 'primary' | 'staged' | 'incoming' | 'secondary' | 'expired' | 'revoked';

export interface KeyReport {
  readonly fingerprint: Fingerprint;
  readonly role: KeyRole;
  readonly read: AssumedState;
  readonly write: AssumedState;
  /** Serving nodes that hold it, of all. */
  readonly holders: number;
  readonly nodes: number;
  /** When we made the key; null for one that was there before. ISO 8601, UTC, as all times here. */
  readonly madeAt: string | null;
  readonly firstSeenAt: string;
  readonly primarySince: string | null;
  /** When no token can need it any more; null while it is in use or is to be. */
  readonly neededUntil: string | null;
}

export interface FleetView extends Assessment {
  readonly fleet: string;
  readonly at: string;
  readonly keys: readonly KeyReport[];
}

export function viewOf(fleet: string, survey: Survey, ledger: Ledger, policy: Policy): FleetView {
  const expired = expiredNow(survey, ledger, policy, survey.at);
  const marginMs = effectiveMarginMs(policy, survey, ledger);
  const roleOf = rolesIn(survey, ledger, expired);
  const keys = fleetKeyStates(survey, ledger, expired).map(({ key, ...state }): KeyReport => {
    const record = ledger.keys[key];
    const until = neededUntil(ledger, key, marginMs);
    return {
      fingerprint: key,
      role: roleOf(key),
      ...state,
      madeAt: record?.madeAt === undefined ? null : iso(record.madeAt),
      firstSeenAt: iso(record?.firstSeenAt ?? survey.at),
      primarySince: record?.promotedAt === undefined ? null : iso(record.promotedAt),
      neededUntil: Number.isFinite(until) ? iso(until) : null,
    };
  });
  return { fleet, at: iso(survey.at), ...assess(survey, ledger, expired), keys: keys.sort(byRole) };
}

function rolesIn(
  survey: Survey,
  ledger: Ledger,
  expired: readonly Fingerprint[],
): (key: Fingerprint) => KeyRole {
  const nodes = readNodes(survey, ledger);
  const primary = mostCommon(nodes.map(({ repository }) => primaryOf(repository)));
  const staged = mostCommon(nodes.map(({ repository }) => stagedOf(repository)));
  return (key) => {
    if (isRevoked(ledger, key)) return 'revoked';
    if (key === primary) return 'primary';
    if (key === staged) return 'staged';
    if (key === ledger.incoming) return 'incoming';
    return expired.includes(key) ? 'expired' : 'secondary';
  };
}

const ORDER: readonly KeyRole[] = ['primary', 'staged', 'incoming', 'secondary', 'expired', 'revoked'];

/** What is in use first; among secondaries the youngest. */
function byRole(a: KeyReport, b: KeyReport): number {
  return ORDER.indexOf(a.role) - ORDER.indexOf(b.role) || b.firstSeenAt.localeCompare(a.firstSeenAt);
}
