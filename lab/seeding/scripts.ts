/** Fleets and operations that never were. */
import { EMPTY_LEDGER, observe, type Ledger } from '../../core/ledger.js';
import type { OperationResult, Outcome, Progress } from '../../core/rotation.js';
import type { NodeView, Survey } from '../../core/survey.js';
import { sound, type Repository } from '../../core/repository.js';
import { viewOf, type FleetView } from '../../core/fleet-view.js';
import type { Policy } from '../../core/policy.js';
import { rotationId } from '../../workflows/messages.js';
import type { Script, ScriptedActivity, Shown } from './workflows.js';

const POLICY: Policy = {
  expirationMs: 24 * 3_600_000,
  allowExpiredWindowMs: 48 * 3_600_000,
  marginMs: 300_000,
  maxFiles: 32,
  maxActiveKeys: null,
};

const KEYS = ['a1f04c77e02b9d31', '5be1907cc4d2086f', '0d93b6a85f7e41c2', 'c7720e1fa94b35d8'] as const;
const REPOSITORY: Repository = { 0: KEYS[0], 1: KEYS[2], 2: KEYS[3], 3: KEYS[1] };

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

export function script(shown: Shown, result: OperationResult | null, steps: Script['steps'] = []): Script {
  return { steps, result, shown };
}

const PHASES = ['distribute', 'confirm', 'promote', 'stage'] as const;
/** As many as an operation's own batches. */
const BATCH = 50;

/** Steps over all of these nodes, each with a look before it; every tenth batch meets a node that is away. */
export function stepsOver(names: readonly string[], rounds: number): ScriptedActivity[][] {
  const batches = Array.from({ length: Math.ceil(names.length / BATCH) }, (_, batch) =>
    names.slice(batch * BATCH, (batch + 1) * BATCH),
  );
  return Array.from({ length: rounds }, (_, round) => {
    const phase = PHASES[Math.floor((round / rounds) * PHASES.length)]!;
    const step = { phase, reason: `round ${round + 1}: ${phase} on ${names.length} nodes` };
    return [
      batches.map((nodes) => lookAt(nodes)),
      batches.map((nodes, batch) => placing(step, nodes, batch)),
    ];
  }).flat();
}

function lookAt(nodes: readonly string[]): ScriptedActivity {
  const [first] = nodes;
  const reading = { node: first, reachable: true, ...sound(REPOSITORY), problems: [] };
  return { activity: 'surveyNodes', request: { nodes }, result: [reading] };
}

function placing(
  step: { phase: string; reason: string },
  nodes: readonly string[],
  batch: number,
): ScriptedActivity {
  const problem = { node: nodes[0]!, code: 'unreachable', message: `${nodes[0]}: no route to host` };
  const isAway = batch % 10 === 9;
  return {
    activity: 'placeOnNodes',
    request: { step, nodes: nodes.map((node) => ({ node })) },
    result: nodes.slice(0, 1).map((node) => ({ node, problem: isAway ? problem : null })),
  };
}
