/** What of a ledger is worth watching, small enough to be asked for all the time. */
import type { Ledger } from './ledger.js';
import type { Standing } from './membership.js';
import type { Fingerprint } from './repository.js';

export interface LedgerSummary {
  readonly nodes: Readonly<Record<Standing, number>>;
  /** The primary that was promoted last, and when it was first seen to be one, in milliseconds since the epoch. */
  readonly primary: { readonly fingerprint: Fingerprint; readonly promotedAt: number } | null;
}

export function summaryOf({ keys, nodes }: Ledger): LedgerSummary {
  const counts = { serving: 0, joining: 0, fenced: 0 };
  for (const { standing } of Object.values(nodes)) counts[standing]++;
  const primaries = Object.entries(keys).flatMap(([fingerprint, { promotedAt, demotedAt, revoked }]) =>
    promotedAt === undefined || demotedAt !== undefined || revoked ? [] : [{ fingerprint, promotedAt }],
  );
  primaries.sort((a, b) => b.promotedAt - a.promotedAt);
  return { nodes: counts, primary: primaries[0] ?? null };
}
