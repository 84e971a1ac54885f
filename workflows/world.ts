import { ActivityFailure, ApplicationFailure, condition, workflowInfo } from '@temporalio/workflow';
import type { World } from '../engine/world.js';
import * as activities from './activity-proxies.js';
import type { Notices } from './notices.js';
import { Reaches } from './reaches.js';
import { placeAt } from './transit.js';

/** Who learns what the inventory and the settings say. */
interface Listeners {
  readonly reaches?: Reaches;
  readonly notices?: Notices;
}

/** The engine's world, made of Temporal's activities and timers. */
export function temporalWorld(
  fleet: string,
  { reaches = new Reaches(fleet), notices }: Listeners = {},
): World {
  return {
    now: () => Date.now(),
    waitFor: async (isTrue, atMostMs) => {
      if (atMostMs === Infinity) await condition(isTrue);
      else await condition(isTrue, atMostMs);
    },
    describeFleet: async () => {
      const description = await activities.describeFleet({ fleet });
      reaches.learn(description);
      notices?.learn(description);
      return description;
    },
    survey: ({ nodes }) =>
      reaches.each(
        nodes,
        (node) => node,
        (reach, names) => reaches.visits(reach).surveyNodes({ nodes: names }),
        (node, { code, message }) => ({
          ...{ node, reachable: false, repository: {}, damage: [] },
          problems: [{ code, message }],
        }),
      ),
    place: (request) =>
      reaches.each(
        request.nodes,
        ({ node }) => node,
        (reach, nodes) => placeAt(reaches, reach, { ...request, nodes }),
        ({ node }, problem) => ({ node, problem }),
      ),
    make: async (request) => {
      const [outcome] = await reaches.each(
        [request.node],
        ({ node }) => node,
        async (reach) => [await reaches.visits(reach).makeKey(request)],
        ({ node }, problem) => ({ node, problem, key: null }),
      );
      return outcome!;
    },
    probe: (request) =>
      reaches.each(
        request.nodes,
        ({ node }) => node,
        (reach, nodes) => reaches.visits(reach).probeNodes({ ...request, nodes }),
        ({ node }, problem) => ({ node, problem }),
      ),
    openLedger: (operation) => activities.openLedger({ fleet, operation }),
    saveLedger: (operation, ledger) => activities.writeLedger({ fleet, operation, ledger }),
    closeLedger: (operation, ledger, result) => activities.closeLedger({ fleet, operation, ledger, result }),
    problemOf,
    isTired: () => workflowInfo().continueAsNewSuggested,
  };
}

/** Only another operation that has taken over the fleet ends this one at any time. */
function problemOf(error: unknown): { code: string; message: string } {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || cause.type === 'ledger-busy') throw error;
  return { code: cause.type ?? 'internal', message: cause.message };
}
