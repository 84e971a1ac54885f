import { FAULT_PHASES, runCell, type CellResult, type FaultPhase } from './cell.js';
import type { Fault } from './fault.js';
import { FAULTS } from './faults/index.js';
import type { Chance } from './random.js';
import type { FaultScene } from './scene.js';

export interface Choice {
  readonly faults: readonly Fault[];
  readonly phases: readonly FaultPhase[];
}

export type Tell = (line: string) => void;

/** Every fault in every phase, those that this machine can't do left out and named. */
export async function runMatrix(
  scene: FaultScene,
  { faults, phases }: Choice,
  chance: Chance,
  tell: Tell,
): Promise<CellResult[]> {
  const results: CellResult[] = [];
  for (const fault of possible(scene, faults, tell))
    for (const phase of phases) results.push(await tellCell(scene, fault, phase, chance, tell));
  return results;
}

/** Faults one after the other, as chance has it, on a fleet that is never set up again. */
export async function runWalk(
  scene: FaultScene,
  steps: number,
  chance: Chance,
  tell: Tell,
): Promise<CellResult[]> {
  const faults = possible(scene, FAULTS, tell);
  const results: CellResult[] = [];
  for (let step = 0; step < steps; step++)
    results.push(await tellCell(scene, chance.pick(faults), chance.pick(FAULT_PHASES), chance, tell));
  return results;
}

function possible(scene: FaultScene, faults: readonly Fault[], tell: Tell): Fault[] {
  return faults.filter((fault) => {
    const obstacle = fault.obstacle?.(scene) ?? null;
    if (obstacle !== null) tell(`left out: ${fault.name} (${obstacle})`);
    return obstacle === null;
  });
}

async function tellCell(
  scene: FaultScene,
  fault: Fault,
  phase: FaultPhase,
  chance: Chance,
  tell: Tell,
): Promise<CellResult> {
  const result = await runCell(scene, fault, phase, chance.pick(scene.served));
  const word = result.failures.length === 0 ? 'ok  ' : 'FAIL';
  tell(`${word} ${fault.name} in ${phase} on ${result.node}: ${result.end}, ${result.seconds} s`);
  for (const failure of result.failures.slice(0, 5)) tell(`       ${failure}`);
  return result;
}

/** Faults down, phases across. */
export function matrixText(results: readonly CellResult[]): string {
  const faults = [...new Set(results.map(({ fault }) => fault))];
  const phases = FAULT_PHASES.filter((phase) => results.some((result) => result.phase === phase));
  const row = (head: string, cells: readonly string[]) =>
    [head.padEnd(18), ...cells.map((cell) => cell.padEnd(11))].join('').trimEnd();
  const cell = (fault: string, phase: FaultPhase) => {
    const here = results.filter((result) => result.fault === fault && result.phase === phase);
    if (here.length === 0) return '-';
    return here.every(({ failures }) => failures.length === 0) ? 'ok' : 'FAIL';
  };
  return [
    row('', phases),
    ...faults.map((fault) =>
      row(
        fault,
        phases.map((phase) => cell(fault, phase)),
      ),
    ),
  ].join('\n');
}
