import type { KeyRole, NodeProblem, Step } from '../core/decision.js';
import { recordMade, type Ledger } from '../core/ledger.js';
import { nodesOf, readNodes } from '../core/membership.js';
import type { FleetDescription, NodeOutcome, NodeToPlace, StepName } from '../core/messages.js';
import { keysNeededFor, type Placement } from '../core/operations.js';
import { holds, type Fingerprint } from '../core/repository.js';
import type { Survey } from '../core/survey.js';
import { batchesOf, type VisitNotes } from './look.js';
import type { World } from './world.js';

/** What a step of the plan needs to be carried out. */
export interface StepContext {
  readonly world: World;
  readonly step: StepName;
  /** Who holds the locks on nodes. */
  readonly operation: string;
  readonly fleet: FleetDescription;
  readonly survey: Survey;
  readonly ledger: Ledger;
  readonly expired: readonly Fingerprint[];
  readonly notes: VisitNotes;
}

/** What carrying it out changed. */
export interface StepResult {
  readonly ledger: Ledger;
  readonly notes: VisitNotes;
  readonly problems: readonly NodeProblem[];
}

/** Nodes from which a key is read before giving up on it; more would only repeat the same failure. */
const MOST_HOLDERS = 5;

/** Steps of the plan that visit nodes. */
export type Visit = Extract<Step, { kind: 'make' | 'place' | 'probe' }>;

export function carryOut(step: Visit, context: StepContext): Promise<StepResult> {
  switch (step.kind) {
    case 'make':
      return make(step.node, step.role, context);
    case 'place':
      return placeOnAll(step.placement, step.nodes, context);
    case 'probe':
      return probe(step.keys, step.nodes, context);
  }
}

async function make(node: string, role: KeyRole, context: StepContext): Promise<StepResult> {
  const { world, step, operation, fleet, expired } = context;
  const [target] = targetsOf([node], context);
  const outcome = await world.make({ step, operation, node: target!, expired, pauseMs: fleet.pauseMs });
  const ledger =
    outcome.key === null ? context.ledger : recordMade(context.ledger, outcome.key, role, world.now());
  return { ...resultOf([outcome], context), ledger };
}

async function placeOnAll(
  placement: Placement,
  nodes: readonly string[],
  context: StepContext,
): Promise<StepResult> {
  const { world, step, operation, fleet, expired } = context;
  const holders = Object.fromEntries(keysNeededFor(placement).map((key) => [key, holdersOf(key, context)]));
  const outcomes = await Promise.all(
    batches(nodes, context).map((batch) =>
      world.place({ step, operation, placement, nodes: batch, expired, holders, pauseMs: fleet.pauseMs }),
    ),
  );
  return resultOf(outcomes.flat(), context);
}

/** Serving nodes first; one that joins is asked only where it has the last copy, and the copy's fingerprint is checked. */
function holdersOf(key: Fingerprint, { survey, ledger }: StepContext): string[] {
  const joining = nodesOf(survey, ledger, 'joining').filter((node) => node.reachable);
  return [...readNodes(survey, ledger), ...joining]
    .filter((node) => holds(node.repository, key))
    .map((node) => node.name)
    .slice(0, MOST_HOLDERS);
}

async function probe(
  keys: readonly Fingerprint[],
  nodes: readonly string[],
  context: StepContext,
): Promise<StepResult> {
  const { world, step } = context;
  const outcomes = (
    await Promise.all(batches(nodes, context).map((batch) => world.probe({ step, keys, nodes: batch })))
  ).flat();
  const accepted = { ...context.notes.accepted };
  for (const { node, problem } of outcomes) if (!problem) accepted[node] = keys;
  const result = resultOf(outcomes, context);
  return { ...result, notes: { ...result.notes, accepted } };
}

function batches(nodes: readonly string[], context: StepContext): NodeToPlace[][] {
  const sites = new Map(context.survey.nodes.map(({ name, site }) => [name, site]));
  return batchesOf(targetsOf(nodes, context), ({ node }) => sites.get(node) ?? '');
}

function targetsOf(names: readonly string[], { survey }: StepContext): NodeToPlace[] {
  const wanted = new Set(names);
  return survey.nodes
    .filter(({ name }) => wanted.has(name))
    .map(({ name, repository, damage }) => ({ node: name, surveyed: { repository, damage } }));
}

function resultOf(outcomes: readonly NodeOutcome[], { ledger, notes }: StepContext): StepResult {
  const clockOffsetMs = { ...notes.clockOffsetMs };
  for (const outcome of outcomes) {
    if (outcome.clockOffsetMs !== undefined) clockOffsetMs[outcome.node] = outcome.clockOffsetMs;
  }
  const problems = outcomes.flatMap(({ problem }) => (problem ? [problem] : []));
  return { ledger, notes: { ...notes, clockOffsetMs }, problems };
}
