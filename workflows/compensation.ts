import { sleep } from '@temporalio/workflow';
import type { Goal, NodeProblem } from '../core/planner.js';
import type { Placement } from '../core/operations.js';
import { primaryOf, stagedOf } from '../core/repository.js';
import { placeOnAll, type StepContext } from './steps.js';

/** Tries to put a fleet back before it is called unproven; with the gaps between them about half a minute. */
const MOST_TRIES = 5;
const GAP_MS = 2_000;

export interface Proof {
  readonly isProven: boolean;
  readonly problems: readonly NodeProblem[];
}

/**
 * The undo of every step before promotion: on each node that was touched, the old primary on top and the old standby in
 * slot 0. Mostly that is so already, and the visit only removes what a dead attempt left behind. A new key that was
 * introduced stays as a secondary, which harms nobody, and the next rotation takes it up. It ends with a survey that
 * proves the state of every node that can be read; a node that can't be read was stopped at before it had anything else.
 */
export async function putBack(
  touched: readonly string[],
  goal: Goal | null,
  lookAgain: () => Promise<StepContext>,
): Promise<Proof> {
  if (goal === null) return { isProven: true, problems: [] };
  let problems: readonly NodeProblem[] = [];
  for (let attempt = 1; attempt <= MOST_TRIES; attempt++) {
    problems = await restore(await lookAgain(), touched, goal);
    const proof = await lookAgain();
    if (problems.length === 0 && isAsBefore(proof, touched, goal)) return { isProven: true, problems };
    await sleep(GAP_MS * attempt);
  }
  return { isProven: false, problems };
}

async function restore(
  context: StepContext,
  touched: readonly string[],
  goal: Goal,
): Promise<readonly NodeProblem[]> {
  const nodes = readable(context, touched).map(({ name }) => name);
  const placements: Placement[] = [
    { kind: 'promote', key: goal.from },
    { kind: 'stage', key: goal.to },
  ];
  for (const placement of placements) {
    const { problems } = nodes.length === 0 ? { problems: [] } : await placeOnAll(placement, nodes, context);
    if (problems.length > 0) return problems;
  }
  return [];
}

function isAsBefore(context: StepContext, touched: readonly string[], goal: Goal): boolean {
  return readable(context, touched).every(
    ({ repository }) => primaryOf(repository) === goal.from && stagedOf(repository) === goal.to,
  );
}

function readable({ survey }: StepContext, touched: readonly string[]) {
  return survey.nodes.filter(
    (node) => node.reachable && node.problems.length === 0 && touched.includes(node.name),
  );
}
