/** A next version that goes on as before with what began before it. */
import { patched } from '@temporalio/workflow';
import * as activities from '../../workflows/activity-proxies.js';
import { temporalWorld as present } from '../../workflows/world.js';
import type { World } from '../../engine/world.js';

export function temporalWorld(fleet: string): World {
  const now = present(fleet);
  return {
    ...now,
    survey: async (request) => {
      if (patched('configuration-before-each-look')) await activities.describeFleet({ fleet });
      return now.survey(request);
    },
  };
}
