/** Fleets and operations that never were. */
import { EMPTY_LEDGER, observe, type Ledger } from '../../core/ledger.js';
import type { OperationResult, Outcome, Progress } from '../../core/rotation.js';
import type { NodeView, Survey } from '../../core/survey.js';
import { sound } from '../../core/repository.js';
import { viewOf, type FleetView } from '../../core/fleet-view.js';
import type { Policy } from '../../core/policy.js';
import { rotationId } from '../../workflows/messages.js';
import { KEYS, REPOSITORY } from './repository.js';
import { NO_WORK, type Work } from './steps.js';
import type { Script, Shown } from './workflows.js';

const POLICY: Policy = {
  expirationMs: 24 * 3_600_000,
  allowExpiredWindowMs: 48 * 3_600_000,
  marginMs: 300_000,
  maxFiles: 32,
  maxActiveKeys: null,
};

export interface SeededFleet {
  readonly view: FleetView;
  readonly ledger: Ledger;
}

/** @param differing how many nodes lack a key, spread over the sites */
export function seededFleet(fleet: string, nodes: number, sites: number, differing = 0): SeededFleet {
  const at = Date.now();
  const lacking = { ...REPOSITORY };
  delete (lacking as Record<number, string>)[2];
  const survey: Survey = {
    startedAt: at,
    at,
    nodes: Array.from({ length: nodes }, (_, index): NodeView => {
      const site = `region-${(index % sites) + 1}`;
      const isDiffering = index < differing;
      return {
        name: `${site}-ctl${Math.floor(index / sites) + 1}`,
        site,
        reachable: true,
        ...sound(isDiffering ? lacking : REPOSITORY),
        problems: [],
        canBeProbed: false,
        accepted: [],
      };
    }),
  };
  const ledger = observe(EMPTY_LEDGER, survey, POLICY);
  return { ledger, view: viewOf(fleet, survey, ledger, POLICY) };
}

export function seededProgress(nodes: number, change: Partial<Progress> = {}): Progress {
  return {
    kind: 'rotate',
    phase: 'distribute',
    reason: 'the new key is to be readable everywhere',
    nodes,
    startedAt: new Date().toISOString(),
    steps: [],
    blocking: [],
    answers: ['pause', 'abort'],
    outcome: null,
    ...change,
  };
}

export function seededResult(fleet: string, outcome: Outcome, index: number): OperationResult {
  const at = new Date().toISOString();
  return {
    kind: 'rotate',
    workflowId: rotationId(fleet),
    runId: '',
    outcome,
    primary: KEYS[0],
    staged: KEYS[1],
    pruned: [],
    retained: [],
    revoked: [],
    nodes: 3,
    startedAt: at,
    endedAt: at,
    error:
      outcome === 'completed'
        ? null
        : { code: 'unreachable', message: `ctl${index}: no route to host`, nodes: [`ctl${index}`] },
  };
}

export function script(shown: Shown, result: OperationResult | null, work: Work = NO_WORK): Script {
  return { work, result, shown };
}
