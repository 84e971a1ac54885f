import { learn } from '../core/learning.js';
import type { Ledger } from '../core/ledger.js';
import type { FleetDescription } from '../core/messages.js';
import { expiredNow } from '../core/retention.js';
import type { Survey } from '../core/survey.js';
import { assess, type Assessment } from '../core/sync.js';
import { look } from '../engine/look.js';
import { readLedger } from './activity-proxies.js';
import { temporalWorld } from './world.js';

export interface Verification extends Assessment {
  readonly fleet: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** What was found, for those who ask for more than whether it is right. */
export interface Finding {
  readonly verification: Verification;
  readonly description: FleetDescription;
  readonly survey: Survey;
  readonly ledger: Ledger;
}

/** Looks at every node now and says whether all are equal and healthy. Changes nothing. */
export async function verification({ fleet }: { fleet: string }): Promise<Verification> {
  return (await lookOnly(fleet)).verification;
}

/** A look that leaves no trace in the ledger on record. */
export async function lookOnly(fleet: string): Promise<Finding> {
  const world = temporalWorld(fleet);
  const description = await world.describeFleet();
  const recorded = await readLedger({ fleet });
  const survey = await look(world, description);
  const ledger = learn(recorded, survey, description.policy);
  const expired = expiredNow(survey, ledger, description.policy, survey.at);
  const verification = { fleet, at: new Date(survey.at).toISOString(), ...assess(survey, ledger, expired) };
  return { verification, description, survey, ledger };
}
