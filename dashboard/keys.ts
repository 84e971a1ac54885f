/** Lives of keys, as the fleet's ledger has them. */
import type { Ledger } from '../core/ledger.js';
import { iso } from '../core/times.js';
import { answerWithinReason, readTimer, type Watched } from '../monitoring/fleet-reading.js';
import { fleetId, fleetStateQuery } from '../workflows/messages.js';
import type { FleetKey, KeyLife, Keys } from './schemas.js';

/** Null when no worker answers, or there was no operation yet. */
export async function readKeys(watched: Watched, seen: readonly FleetKey[]): Promise<Keys | null> {
  const { client, fleet } = watched;
  const [state, timer] = await Promise.all([
    answerWithinReason(client, () => client.workflow.getHandle(fleetId(fleet)).query(fleetStateQuery)),
    readTimer(client, fleet),
  ]);
  if (!state) return null;
  const at = new Date().toISOString();
  const nextRuns = timer && !timer.isPaused ? timer.nextRuns.map(iso) : [];
  return { fleet, at, keys: livesOf(state.ledger, seen), nextRuns };
}

/** The youngest first. */
export function livesOf({ keys, incoming }: Ledger, seen: readonly FleetKey[]): KeyLife[] {
  const known = new Map(seen.map((key) => [key.fingerprint, key]));
  return Object.entries(keys)
    .map(([fingerprint, record]): KeyLife => {
      const view = known.get(fingerprint);
      const role = record.revoked
        ? 'revoked'
        : record.prunedAt !== undefined
          ? 'pruned'
          : (view?.role ?? (fingerprint === incoming ? 'incoming' : 'secondary'));
      return {
        fingerprint,
        role,
        firstSeenAt: iso(record.firstSeenAt),
        madeAt: isoOrNull(record.madeAt),
        stagedAt: isoOrNull(record.stagedAt),
        promotedAt: isoOrNull(record.promotedAt),
        demotedAt: isoOrNull(record.demotedAt),
        prunedAt: isoOrNull(record.prunedAt),
        neededUntil: view?.neededUntil ?? null,
      };
    })
    .sort((a, b) => b.firstSeenAt.localeCompare(a.firstSeenAt));
}

function isoOrNull(at: number | undefined): string | null {
  return at === undefined ? null : iso(at);
}
