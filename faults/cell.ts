/** One cell: one fault in one phase of one rotation. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationResult, Progress } from '../core/rotation.js';
import { serverErrorsOf } from '../lab/keystone.js';
import type { Fault } from './fault.js';
import { plantOldKeys } from './repositories.js';
import { TOKEN_SECONDS, type FaultScene, type SceneNode } from './scene.js';
import { watchInvariants } from './watch.js';

export const FAULT_PHASES = ['survey', 'distribute', 'confirm', 'promote', 'stage', 'prune'] as const;
export type FaultPhase = (typeof FAULT_PHASES)[number];

export interface CellResult {
  readonly fault: string;
  readonly phase: FaultPhase;
  readonly node: string;
  /** Outcome and code of the rotation. */
  readonly end: string;
  readonly seconds: number;
  /** Empty: all is as it must be. */
  readonly failures: readonly string[];
}

const LOOK_EVERY_MS = 40;
const PHASE_PATIENCE_MS = 60_000;
const END_PATIENCE_MS = 120_000;
/** More than a rotation takes up for its own new key. */
const OLD_KEYS = 3;
const EXPIRED_AFTER_MS = (TOKEN_SECONDS + 2) * 1_000;
/** A little less than what is promised, for a reading takes time. */
const RETENTION_MS = (TOKEN_SECONDS - 1) * 1_000;

export async function runCell(
  scene: FaultScene,
  fault: Fault,
  phase: FaultPhase,
  node: SceneNode,
): Promise<CellResult> {
  const startedAt = Date.now();
  let end = '-';
  const failures: string[] = [];
  try {
    await prepare(scene, phase);
    const seen = await underWatch(scene, fault, node, failures, () =>
      rotateThrough(scene, fault, phase, node),
    );
    end = [seen.outcome, ...(seen.error ? [seen.error.code] : [])].join(' ');
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error));
  }
  await settle(scene).catch((error: unknown) => failures.push(String(error)));
  const seconds = Math.round((Date.now() - startedAt) / 1_000);
  return { fault: fault.name, phase, node: node.name, end, seconds, failures };
}

/** Prune runs only when there is something to prune. */
async function prepare(scene: FaultScene, phase: FaultPhase): Promise<void> {
  if (phase !== 'prune') return;
  plantOldKeys(
    scene.served.map(({ repository }) => repository),
    OLD_KEYS,
  );
  const { code, stdout, stderr } = await scene.rotor('reconcile', '--yes', '--json');
  if (code !== 0) throw new Error(`the old keys were not learnt: ${stdout}${stderr}`);
  await sleep(EXPIRED_AFTER_MS);
}

async function underWatch(
  scene: FaultScene,
  fault: Fault,
  node: SceneNode,
  failures: string[],
  work: () => Promise<OperationResult>,
): Promise<OperationResult> {
  const serving = scene.served.filter((each) => !(fault.excusesNode && each === node));
  const errorsBefore = serving.map(serverErrorsOf);
  const watch = watchInvariants(serving, RETENTION_MS);
  const traffic = scene.startTraffic();
  try {
    return await work();
  } finally {
    const counts = await traffic.stop();
    failures.push(...(await watch.stop()));
    const isExcused = (failure: string) => fault.excusesNode && failure.includes(node.name);
    failures.push(...counts.failures.filter((failure) => !isExcused(failure)));
    if (counts.validations === 0) failures.push('there was no traffic');
    for (const [index, each] of serving.entries()) {
      const errors = serverErrorsOf(each) - errorsBefore[index]!;
      if (errors > 0) failures.push(`${each.name}: ${errors} answers of 500 and above`);
    }
  }
}

async function rotateThrough(
  scene: FaultScene,
  fault: Fault,
  phase: FaultPhase,
  node: SceneNode,
): Promise<OperationResult> {
  await scene.startRotation();
  await phaseBegins(scene, phase);
  const heal = await fault.inject(scene, node);
  let blocked: Progress | null;
  try {
    blocked = await standBy(scene, fault);
  } finally {
    await heal();
  }
  if (blocked) judgeBlocked(blocked, fault, node);
  if (fault.needsReconcile) await scene.rotor('reconcile', '--yes', '--json');
  await until(() => scene.hasEnded(), END_PATIENCE_MS, 'the rotation did not end');
  const result = await scene.result();
  judgeEnd(result, fault, node);
  return result;
}

async function phaseBegins(scene: FaultScene, phase: FaultPhase): Promise<void> {
  if (phase === 'survey') return;
  const hasBegun = async () => {
    const progress = await scene.progress();
    if (progress?.steps.some((step) => step.phase === phase)) return true;
    if (progress?.phase === 'ended') throw new Error(`the rotation ended without the phase ${phase}`);
    return false;
  };
  await until(hasBegun, PHASE_PATIENCE_MS, `the phase ${phase} did not begin`);
}

/** Until the fault shows, or has lasted long enough. What is in the way comes back. */
async function standBy(scene: FaultScene, fault: Fault): Promise<Progress | null> {
  const deadline = Date.now() + (fault.staysToEnd ? END_PATIENCE_MS : fault.holdMs);
  while (Date.now() < deadline && !(await scene.hasEnded())) {
    const progress = await scene.progress();
    if (progress && progress.blocking.length > 0 && !fault.staysToEnd) return progress;
    await sleep(LOOK_EVERY_MS);
  }
  return null;
}

function judgeBlocked({ blocking }: Progress, fault: Fault, node: SceneNode): void {
  for (const { node: name, code, message } of blocking) {
    if (name === node.name && fault.codes.includes(code) && message !== '') continue;
    throw new Error(`${name || 'the fleet'} was in the way with ${code}: ${message}`);
  }
}

function judgeEnd({ outcome, error }: OperationResult, fault: Fault, node: SceneNode): void {
  if (error === null && outcome === 'completed') return;
  const isExpected =
    error !== null && fault.codes.includes(error.code) && error.nodes.every((name) => name === node.name);
  if (!isExpected || (outcome !== 'compensated' && outcome !== 'failed'))
    throw new Error(`ended ${outcome}: ${error?.code} on ${error?.nodes.join(', ')}: ${error?.message}`);
}

/** Whatever happened, the fleet comes in sync by what an operator would say. */
async function settle(scene: FaultScene): Promise<void> {
  await until(() => scene.hasEnded(), END_PATIENCE_MS, 'the rotation did not end');
  if (await scene.isInSync()) return;
  const { code, stdout, stderr } = await scene.rotor('reconcile', '--yes', '--json');
  if (code !== 0) throw new Error(`reconcile: ${stdout}${stderr}`);
  if (!(await scene.isInSync())) throw new Error('not in sync at the end');
}

async function until(isTrue: () => Promise<boolean>, patienceMs: number, otherwise: string): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(otherwise);
    await sleep(LOOK_EVERY_MS);
  }
}
