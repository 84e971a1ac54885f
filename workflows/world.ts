import { ActivityFailure, ApplicationFailure, condition } from '@temporalio/workflow';
import { list } from '../core/decision.js';
import type { World } from '../engine/world.js';
import * as activities from './activity-proxies.js';
import { isHistoryLong } from './history-length.js';
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
      else await condition(isTrue, atMostMs, { summary: 'waits before it looks again' });
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
        (reach, names) => reaches.visits(reach, `a look at ${list(names)}`).surveyNodes({ nodes: names }),
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
        async (reach) => [await reaches.visits(reach, request.step.reason).makeKey(request)],
        ({ node }, problem) => ({ node, problem, key: null }),
      );
      return outcome!;
    },
    probe: (request) =>
      reaches.each(
        request.nodes,
        ({ node }) => node,
        (reach, nodes) =>
          reaches
            .visits(reach, request.step?.reason ?? 'whether the account can sign in to Keystone')
            .probeNodes({ ...request, nodes }),
        ({ node }, problem) => ({ node, problem }),
      ),
    openLedger: (operation) => activities.openLedger({ fleet, operation }),
    saveLedger: (operation, ledger) => activities.writeLedger({ fleet, operation, ledger }),
    closeLedger: (operation, ledger, result) => activities.closeLedger({ fleet, operation, ledger, result }),
    problemOf,
    isTired: isHistoryLong,
  };
}

/** Only another operation that has taken over the fleet ends this one at any time. */
function problemOf(error: unknown): { code: string; message: string } {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || cause.type === 'ledger-busy') throw error;
  return { code: cause.type ?? 'internal', message: cause.message };
}
