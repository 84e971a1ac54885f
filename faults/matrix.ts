/** Every fault in every phase, and what is printed of it. */
import { runCell, type CellResult } from './cell.js';
import type { Fault, Strike } from './fault.js';
import { FAULT_PHASES, type FaultPhase } from './phases.js';
import { Chance } from './random.js';
import type { FaultScene } from './scene.js';

export interface Choice {
  readonly faults: readonly Fault[];
  readonly phases: readonly FaultPhase[];
}

export type Tell = (line: string) => void;

/** A fault that lets the phase go on while it is done may come after its end; then the cell is tried again. */
const TRIES = 3;

/** Each scene takes the next cell when it is done with one: most of a cell is waiting. */
export async function runMatrix(
  scenes: readonly FaultScene[],
  { faults, phases }: Choice,
  seed: number,
  tell: Tell,
): Promise<CellResult[]> {
  const cells = faults.flatMap((fault) => phases.map((phase) => ({ fault, phase })));
  const results: CellResult[] = [];
  let next = 0;
  const lane = async (scene: FaultScene) => {
    while (next < cells.length) {
      const number = next++;
      const { fault, phase } = cells[number]!;
      const chance = Chance.of(seed, `${fault.name} ${phase}`);
      const node = chance.pick(scene.served);
      const result = await runMatrixCell(scene, { fault, phase, node }, chance);
      tellCell(result, tell);
      results[number] = result;
    }
  };
  await Promise.all(scenes.map(lane));
  return results;
}

/** One cell, tried again when its moment was missed. */
export async function runMatrixCell(scene: FaultScene, strike: Strike, chance: Chance): Promise<CellResult> {
  const obstacle = strike.fault.obstacle?.(scene) ?? null;
  if (obstacle !== null) return notRun(strike, obstacle);
  for (let attempt = 1; ; attempt++) {
    const result = await runCell(scene, [strike], chance);
    if (result.verdict !== 'not run' || attempt === TRIES) return result;
  }
}

function notRun(strike: Strike, obstacle: string): CellResult {
  const nothing = { seconds: 0, validations: 0, struck: 0 };
  return { strikes: [strike], end: 'nothing', verdict: 'not run', remarks: [obstacle], ...nothing };
}

export function tellCell({ strikes, end, verdict, remarks, seconds }: CellResult, tell: Tell): void {
  const what = strikes.map(({ fault, phase, node }) => `${fault.name} in ${phase} on ${node.name}`);
  tell(`${verdict.padEnd(8)}${what.join(', ')}: ${end}, ${seconds} s`);
  for (const remark of remarks.slice(0, 6)) tell(`        ${remark}`);
}

/** Faults down, phases across. */
export function matrixText(results: readonly CellResult[]): string {
  const faults = [...new Set(results.flatMap(({ strikes }) => strikes.map(({ fault }) => fault.name)))];
  const phases = FAULT_PHASES.filter((phase) => results.some(isIn(phase)));
  const row = (head: string, cells: readonly string[]) =>
    [head.padEnd(18), ...cells.map((cell) => cell.padEnd(12))].join('').trimEnd();
  const cell = (fault: string, phase: FaultPhase) =>
    results.filter(isIn(phase)).find(({ strikes }) => strikes[0]!.fault.name === fault);
  return [
    row('', phases),
    ...faults.map((fault) =>
      row(
        fault,
        phases.map((phase) => word(cell(fault, phase))),
      ),
    ),
    'ok: in sync, and nobody was in the way; told: it named node and reason, waited, and went on to the end;',
    'refused, put back: it named them and ended before anything was promoted, and then the fleet was in sync',
  ].join('\n');
}

function isIn(phase: FaultPhase): (result: CellResult) => boolean {
  return ({ strikes }) => strikes[0]!.phase === phase;
}

function word(result: CellResult | undefined): string {
  if (result === undefined) return '-';
  if (result.verdict !== 'ok') return result.verdict === 'failed' ? 'FAILED' : 'not run';
  if (result.end.includes('failed')) return 'refused';
  if (result.end.includes('compensated')) return 'put back';
  return result.end.startsWith('blocked') ? 'told' : 'ok';
}
