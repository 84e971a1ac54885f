import type { Client } from '@temporalio/client';
import { createConfirmationActivities } from './confirmation.js';
import { createExaminationActivities } from './examination.js';
import { createFleetActivities } from './fleet.js';
import { createLedgerActivities } from './ledger.js';
import { createNoticeActivities } from './notice.js';
import { createPlacementActivities } from './placement.js';
import { createSurveyActivities } from './survey.js';
import { createTransitActivities, type Post } from './transit.js';

/** What is done on nodes, by whoever reaches them: over SSH, or on the node itself. */
export function createNodeActivities(post: Post) {
  const { configFile, way } = post;
  return {
    ...createSurveyActivities(configFile, way),
    ...createPlacementActivities(post),
    ...createConfirmationActivities(configFile, way),
    ...createExaminationActivities(configFile, way),
    ...createTransitActivities(post),
  };
}

/** All activities of a fleet's worker. */
export function createActivities(post: Post, client: Client, isSearchable: () => Promise<boolean>) {
  return {
    ...createFleetActivities(post.configFile, isSearchable),
    ...createNodeActivities(post),
    ...createLedgerActivities(client),
    ...createNoticeActivities(post.configFile),
  };
}

export type Activities = ReturnType<typeof createActivities>;
