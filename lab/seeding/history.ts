/** Histories for who looks at many of them. */
import type { Client } from '@temporalio/client';
import type { Outcome } from '../../core/rotation.js';
import { WORKFLOW, fleetId, labelsOf, rotationId, taskQueueOf } from '../../workflows/messages.js';
import { script, seededFleet, seededProgress, seededResult, type SeededFleet } from './scripts.js';
import type { Script } from './workflows.js';

export interface SeededRun {
  readonly runId: string;
  /** As `rotor history` calls it. */
  readonly outcome: string;
  readonly type: string;
  readonly reason: string;
}

const TYPES = [WORKFLOW.rotation, WORKFLOW.rotation, WORKFLOW.reconciliation, WORKFLOW.revocation] as const;
const OUTCOMES = ['completed', 'completed', 'compensated', 'aborted', 'failed', 'terminated'] as const;

/** Operations of all kinds and outcomes, one after the other, some with a few steps. */
export async function seedOperations(client: Client, fleet: string, count: number): Promise<SeededRun[]> {
  const { view } = seededFleet(fleet, 3, 2);
  const names = view.nodes.map(({ name }) => name);
  const runs: SeededRun[] = [];
  for (let index = 0; index < count; index++) {
    const outcome = OUTCOMES[index % OUTCOMES.length]!;
    const type = TYPES[Math.floor(index / OUTCOMES.length) % TYPES.length]!;
    const reason = `seeded ${index}`;
    const result = outcome === 'terminated' ? null : seededResult(fleet, outcome satisfies Outcome, index);
    const shown = { progress: seededProgress(3), view };
    const handle = await start(
      client,
      fleet,
      { type, reason },
      script(shown, result, { names, rounds: index % 8 === 3 ? 3 : 0 }),
    );
    if (outcome === 'terminated') await handle.terminate('seeded');
    else await handle.result().catch(() => {});
    runs.push({ runId: handle.firstExecutionRunId, outcome, type, reason });
  }
  return runs;
}

/** An operation that goes on until somebody ends it by force, and the fleet's memory beside it. */
export async function seedRunning(client: Client, fleet: string, { view, ledger }: SeededFleet) {
  const { length } = view.nodes;
  await client.workflow.start(WORKFLOW.fleet, {
    workflowId: fleetId(fleet),
    taskQueue: taskQueueOf(fleet),
    args: [
      { fleet, state: { fleet, ledger, operation: null, past: [], lastRotation: null, lastRotatedAt: null } },
    ],
  });
  const shown = { progress: seededProgress(length), view };
  return start(client, fleet, { type: WORKFLOW.rotation, reason: 'seeded' }, script(shown, null));
}

/** One operation with about so many events: three for each activity. */
export async function seedLongHistory(client: Client, fleet: string, events: number): Promise<SeededRun> {
  const seeded = seededFleet(fleet, 1_000, 4);
  const names = seeded.view.nodes.map(({ name }) => name);
  const activitiesARound = 2 * Math.ceil(names.length / 50);
  const rounds = Math.ceil(events / (3 * activitiesARound));
  const result = seededResult(fleet, 'completed', 0);
  const shown = { progress: seededProgress(names.length), view: seeded.view };
  const why = { type: WORKFLOW.rotation, reason: `${events} events` };
  const handle = await start(client, fleet, why, script(shown, result, { names, rounds }));
  await handle.result();
  return { runId: handle.firstExecutionRunId, outcome: 'completed', ...why };
}

function start(
  client: Client,
  fleet: string,
  { type, reason }: { readonly type: string; readonly reason: string },
  play: Script,
) {
  return client.workflow.start(type, {
    workflowId: rotationId(fleet),
    taskQueue: taskQueueOf(fleet),
    args: [play],
    ...labelsOf({ reason, startedBy: 'seed@lab' }),
  });
}
