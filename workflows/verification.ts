import { expiredNow } from '../core/planner.js';
import { assess, type Assessment } from '../core/sync.js';
import { records } from './activity-proxies.js';
import { look } from './look.js';

export interface Verification extends Assessment {
  readonly fleet: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** Looks at every node now and says whether all are equal and healthy. Changes nothing. */
export async function verification({ fleet }: { fleet: string }): Promise<Verification> {
  const description = await records.describeFleet({ fleet });
  const ledger = await records.readLedger({ fleet });
  const survey = await look(description);
  const expired = expiredNow(survey, ledger, description.policy, survey.at);
  return { fleet, at: new Date(survey.at).toISOString(), ...assess(survey, ledger, expired) };
}
