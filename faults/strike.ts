/** How one fault is done: in its phase, for as long as it lasts, until a person has answered. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../core/rotation.js';
import type { Fault, Heal, Prepared, Strike } from './fault.js';
import { NotStruck } from './not-struck.js';
import { isIn, type FaultPhase } from './phases.js';
import type { Chance } from './random.js';
import type { FaultScene } from './scene.js';
import { until } from './until.js';

const PHASE_PATIENCE_MS = 120_000;
/** Longer than it takes to notice a host that does not answer, twice. */
const TOLD_PATIENCE_MS = 120_000;
/** Of a rotation that takes ten seconds on an idle machine. */
export const END_PATIENCE_MS = 240_000;

/** Fewer packets of its phase than these pass before a fault strikes, so that it does not always find one that has done nothing yet. */
const MOST_SPARED = 8;

export interface Struck {
  readonly strike: Strike;
  /** Milliseconds since the epoch: from then on it was so. */
  readonly at: number;
}

/** A fault that is ready to be done. */
export interface Armed {
  readonly strike: Strike;
  readonly prepared: Prepared;
}

const NOTHING_PREPARED: Prepared = { go: () => Promise.resolve(), cancel: () => {} };

export async function arm(strike: Strike): Promise<Armed> {
  const { fault, node } = strike;
  return { strike, prepared: (await fault.prepare?.(node)) ?? NOTHING_PREPARED };
}

/**
 * Watches for its moment from the very call on.
 *
 * @throws NotStruck when that did not come
 */
export async function strikeIn(
  scene: FaultScene,
  { strike, prepared }: Armed,
  chance: Chance,
): Promise<Struck> {
  const { fault, phase, node } = strike;
  const letGo = await beginningOf(scene, phase, chance);
  let heal: Heal;
  let at: number;
  try {
    heal = await fault.inject({ scene, node, phase, chance, prepared, letGo });
    at = Date.now();
  } finally {
    letGo();
  }
  let isTold: boolean;
  try {
    isTold = await whileItLasts(scene, fault);
  } finally {
    await heal();
  }
  if (isTold) await answer(scene, strike);
  return { strike, at };
}

/**
 * Holds everything when the phase is at work; what is returned lets it go on. Each packet is asked about, because a phase of a
 * tenth of a second could be over between two looks.
 */
async function beginningOf(scene: FaultScene, phase: FaultPhase, chance: Chance): Promise<() => void> {
  let toSpare = Math.floor(chance.next() * MOST_SPARED);
  const { isHeld, letGo } = scene.gate.holdWhen(async () => {
    const progress = await scene.progress();
    return progress !== null && isIn(phase, progress) && toSpare-- <= 0;
  });
  const hasBegun = async () => {
    if (isHeld()) return true;
    if (await scene.hasEnded()) throw new NotStruck(`the rotation ended without the phase ${phase}`);
    return false;
  };
  try {
    await until(hasBegun, PHASE_PATIENCE_MS, new NotStruck(`the phase ${phase} did not begin`));
  } catch (error) {
    letGo();
    throw error;
  }
  return letGo;
}

/** @returns whether the operation tells that it waits for it */
async function whileItLasts(scene: FaultScene, { name, lasts, permission }: Fault): Promise<boolean> {
  switch (lasts.kind) {
    case 'moment':
      await sleep(lasts.ms);
      return false;
    case 'until the end':
      await until(
        async () => {
          if (permission && (await scene.progress())?.outcome === 'blocked')
            await scene.rotor(...permission, '--json');
          return scene.hasEnded();
        },
        END_PATIENCE_MS,
        `the rotation did not end under ${name}`,
      );
      return false;
    case 'until told': {
      let told: Progress | null = null;
      const isToldOrOver = async () => {
        const progress = await scene.progress();
        if (progress?.outcome === 'blocked') told = progress;
        return told !== null || (await scene.hasEnded());
      };
      await until(isToldOrOver, TOLD_PATIENCE_MS, `the rotation neither told of ${name} nor ended`);
      return told !== null;
    }
  }
}

/** What a person says who has seen to it. It may have ended meanwhile, because it looks again by itself. */
async function answer(scene: FaultScene, { fault, node }: Strike): Promise<void> {
  const words = fault.answer === 'retry' ? ['retry'] : ['reconcile', '--node', node.name, '--yes'];
  const { code, stdout, stderr } = await scene.rotor(...words, '--json');
  if (code !== 0 && !(await scene.hasEnded()))
    throw new Error(`${words.join(' ')} was not taken: ${stdout}${stderr}`);
}
