import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fault } from '../../faults/fault.js';
import { diskFull } from '../../faults/faults/disks.js';
import { linkDown, replyLost } from '../../faults/faults/network.js';
import { nodeWiped } from '../../faults/faults/nodes.js';
import { configurationBroken, rotateByHand } from '../../faults/faults/people.js';
import { temporalKilled, workerKilled } from '../../faults/faults/processes.js';
import { runMatrixCell } from '../../faults/matrix.js';
import type { FaultPhase } from '../../faults/phases.js';
import { Chance } from '../../faults/random.js';
import { startFaultScene, type FaultScene } from '../../faults/scene.js';

/** One of each kind, and each phase that changes keys; `npm run test:faults` has every fault in every phase. */
const CELLS: readonly (readonly [fault: Fault, phase: FaultPhase, node: number])[] = [
  [workerKilled, 'stage', 1],
  [temporalKilled, 'promote', 0],
  [linkDown, 'promote', 2],
  [replyLost, 'distribute', 1],
  [diskFull, 'stage', 2],
  [rotateByHand, 'promote', 1],
  [nodeWiped, 'distribute', 0],
  [configurationBroken, 'promote', 0],
];
const SEED = 5;
/** A cell takes about ten seconds; this is for a machine that has much else to do. */
const MOST_MS = 400_000;

let scene: FaultScene;

beforeAll(async () => {
  scene = await startFaultScene();
});
afterAll(async () => {
  expect(await scene.stop(), 'keys where none may be').toEqual([]);
});

for (const [fault, phase, number] of CELLS) {
  test(
    `${fault.name} in ${phase} refuses no token, breaks no invariant, is told of and ends in sync`,
    async (context) => {
      const obstacle = fault.obstacle?.(scene) ?? null;
      if (obstacle !== null) context.skip(obstacle);
      const node = scene.served[number]!;
      const { verdict, remarks } = await runMatrixCell(scene, { fault, phase, node }, new Chance(SEED));
      expect({ verdict, remarks }).toEqual({ verdict: 'ok', remarks: [] });
    },
    MOST_MS,
  );
}
