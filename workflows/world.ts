import { ActivityFailure, ApplicationFailure, condition, workflowInfo } from '@temporalio/workflow';
import type { World } from '../engine/world.js';
import { records, sources, visits } from './activity-proxies.js';

/** The engine's world, made of Temporal's activities and timers. */
export function temporalWorld(fleet: string): World {
  return {
    now: () => Date.now(),
    waitFor: async (isTrue, atMostMs) => {
      if (atMostMs === Infinity) await condition(isTrue);
      else await condition(isTrue, atMostMs);
    },
    describeFleet: () => sources.describeFleet({ fleet }),
    survey: visits.surveyNodes,
    place: visits.placeOnNodes,
    make: visits.makeKey,
    probe: visits.probeNodes,
    openLedger: (operation) => records.openLedger({ fleet, operation }),
    saveLedger: (operation, ledger) => records.writeLedger({ fleet, operation, ledger }),
    closeLedger: (operation, ledger, result) => records.closeLedger({ fleet, operation, ledger, result }),
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
