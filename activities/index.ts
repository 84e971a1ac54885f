import type { Client } from '@temporalio/client';
import type { NodeConnections } from '../nodes/connections.js';
import { createConfirmationActivities } from './confirmation.js';
import { createExaminationActivities } from './examination.js';
import { createFleetActivities } from './fleet.js';
import { createLedgerActivities } from './ledger.js';
import { createPlacementActivities } from './placement.js';
import { createSurveyActivities } from './survey.js';

export interface ActivityDependencies {
  readonly configFile: string;
  readonly connections: NodeConnections;
  readonly client: Client;
}

/** All activities of a worker. */
export function createActivities({ configFile, connections, client }: ActivityDependencies) {
  return {
    ...createFleetActivities(configFile),
    ...createSurveyActivities(configFile, connections),
    ...createPlacementActivities(configFile, connections),
    ...createConfirmationActivities(configFile, connections),
    ...createExaminationActivities(configFile, connections),
    ...createLedgerActivities(client),
  };
}

export type Activities = ReturnType<typeof createActivities>;
