/** One long run: rotation after rotation, each under several faults at a time, as chance has it. */
import { runCell, type CellResult } from './cell.js';
import type { Fault, Strike } from './fault.js';
import { FAULTS } from './faults/index.js';
import { tellCell, type Tell } from './matrix.js';
import { FAULT_PHASES } from './phases.js';
import type { Chance } from './random.js';
import type { FaultScene } from './scene.js';

/** One a node: what two do to the same node hides which of them is told of. */
const MOST_AT_A_TIME = 3;

export async function runWalk(
  scene: FaultScene,
  rotations: number,
  chance: Chance,
  tell: Tell,
): Promise<CellResult[]> {
  const faults = FAULTS.filter((fault) => (fault.obstacle?.(scene) ?? null) === null);
  const results: CellResult[] = [];
  for (let rotation = 1; rotation <= rotations; rotation++) {
    const result = await runCell(scene, strikesOf(scene, faults, chance), chance);
    tellCell(result, tell);
    results.push(result);
  }
  return results;
}

function strikesOf(scene: FaultScene, faults: readonly Fault[], chance: Chance): Strike[] {
  const many = 1 + Math.floor(chance.next() * MOST_AT_A_TIME);
  const nodes = [...scene.served];
  const left = [...faults];
  return Array.from({ length: many }, () => ({
    fault: take(left, chance),
    phase: chance.pick(FAULT_PHASES),
    node: take(nodes, chance),
  }));
}

function take<T>(from: T[], chance: Chance): T {
  const taken = chance.pick(from);
  from.splice(from.indexOf(taken), 1);
  return taken;
}

export function walkText(results: readonly CellResult[]): string {
  const sum = (of: (result: CellResult) => number) => results.reduce((total, each) => total + of(each), 0);
  const ended = (how: string) => results.filter(({ end }) => end.includes(how)).length;
  return (
    `${results.length} rotations under ${sum(({ strikes }) => strikes.length)} faults, ${sum(({ struck }) => struck)} of them in their phase; ` +
    `${ended('completed')} completed, ${ended('compensated')} put back, ${ended('failed')} refused; ` +
    `${sum(({ validations }) => validations)} validations, ${sum(({ seconds }) => seconds)} s`
  );
}
