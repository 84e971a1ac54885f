/** The work of a scripted operation. */
import { sound } from '../../core/repository.js';
import { REPOSITORY } from './repository.js';

/** An activity that answers what it is told to. */
export interface ScriptedActivity {
  readonly activity: 'surveyNodes' | 'placeOnNodes' | 'probeNodes' | 'makeKey';
  readonly request: unknown;
  readonly result: unknown;
}

export interface Work {
  readonly names: readonly string[];
  /** A look and a step each. */
  readonly rounds: number;
}

export const NO_WORK: Work = { names: [], rounds: 0 };

const PHASES = ['distribute', 'confirm', 'promote', 'stage'] as const;
/** As many as an operation's own batches. */
const BATCH = 50;

/** Steps over all of these nodes, each with a look before it; every tenth batch meets a node that is away. */
export function stepsOver({ names, rounds }: Work): ScriptedActivity[][] {
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
