import { inventoryChange, type InventoryChange } from '../core/inventory-change.js';
import { withKeystoneSettings } from '../core/keystone-settings.js';
import { learn } from '../core/learning.js';
import type { Ledger } from '../core/ledger.js';
import type { FleetDescription } from '../core/messages.js';
import { viewOf, type FleetView } from '../core/fleet-view.js';
import type { Survey } from '../core/survey.js';
import { look } from '../engine/look.js';
import { readLedger } from './activity-proxies.js';
import { temporalWorld } from './world.js';

export interface Verification extends FleetView {
  /** Null unless the inventory lost nodes, or doubled: then nothing is in sync before a person has said that it is right. */
  readonly inventoryChange: InventoryChange | null;
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
  const described = await world.describeFleet();
  const recorded = await readLedger({ fleet });
  const survey = await look(world, described);
  const description = withKeystoneSettings(described, survey);
  const ledger = learn(recorded, survey, description.policy);
  const view = viewOf(fleet, survey, ledger, description.policy);
  const change = inventoryChange(
    recorded,
    description.nodes.map(({ name }) => name),
  );
  const verification = { ...view, inSync: view.inSync && change === null, inventoryChange: change };
  return { verification, description, survey, ledger };
}
