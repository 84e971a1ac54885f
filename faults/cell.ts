/** One cell: a rotation, and one fault in one of its phases; on a random walk, several. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Blocking, OperationResult, Progress } from '../core/rotation.js';
import { serverErrorsOf } from '../lab/keystone.js';
import type { Strike } from './fault.js';
import { judgeBlocking, judgeEnd, judgeTold, judgeTraffic } from './judge.js';
import { NotStruck } from './not-struck.js';
import { observeBlocking } from './observer.js';
import { wasIn } from './phases.js';
import type { Chance } from './random.js';
import { letLeaseEnd, plantOldKeys } from './repositories.js';
import { TOKEN_SECONDS, type FaultScene } from './scene.js';
import { END_PATIENCE_MS, arm, strikeIn, type Struck } from './strike.js';
import { until } from './until.js';
import { watchInvariants } from './watch.js';

export interface CellResult {
  readonly strikes: readonly Strike[];
  /** What the operation said while it waited, and of its end. */
  readonly end: string;
  readonly verdict: 'ok' | 'failed' | 'not run';
  /** What was wrong, or why it could not be run. */
  readonly remarks: readonly string[];
  readonly seconds: number;
  readonly validations: number;
  /** Faults that were done in their phase. */
  readonly struck: number;
}

/** More than a rotation takes up for its own new key. */
const OLD_KEYS = 3;
const EXPIRED_AFTER_MS = (TOKEN_SECONDS + 2) * 1_000;
/** A little less than what is promised, for a reading takes time. */
const RETENTION_MS = (TOKEN_SECONDS - 1) * 1_000;

/** What is found out while a cell runs. */
class Findings {
  readonly failures: string[] = [];
  /** Why faults could not be done. */
  readonly missed: string[] = [];
  validations = 0;
  end = 'nothing';
  struck = 0;

  note(error: unknown): void {
    const to = error instanceof NotStruck ? this.missed : this.failures;
    to.push(error instanceof Error ? error.message : String(error));
  }
}

export async function runCell(
  scene: FaultScene,
  strikes: readonly Strike[],
  chance: Chance,
): Promise<CellResult> {
  const startedAt = Date.now();
  const findings = new Findings();
  try {
    if (strikes.some(({ phase }) => phase === 'prune')) await leaveSomethingToPrune(scene);
    await underWatch(scene, strikes, findings, () => rotateUnder(scene, strikes, chance, findings));
  } catch (error) {
    findings.note(error);
  }
  await settle(scene, findings).catch((error: unknown) => findings.note(error));
  const { failures, missed, end, validations, struck } = findings;
  const verdict = failures.length > 0 ? 'failed' : struck === 0 ? 'not run' : 'ok';
  const seconds = Math.round((Date.now() - startedAt) / 1_000);
  return { strikes, end, verdict, remarks: [...failures, ...missed], seconds, validations, struck };
}

/** Prune runs only when there is something to prune. */
async function leaveSomethingToPrune(scene: FaultScene): Promise<void> {
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
  strikes: readonly Strike[],
  findings: Findings,
  work: () => Promise<void>,
): Promise<void> {
  const serving = scene.served.filter(
    (node) => !strikes.some((strike) => strike.fault.refuses && strike.node === node),
  );
  const spoilt = strikes.filter(({ fault }) => fault.spoilsFiles).map(({ node }) => node);
  const errorsBefore = serving.map(serverErrorsOf);
  const watch = watchInvariants({ nodes: serving, spoilt, retentionMs: RETENTION_MS });
  const traffic = scene.startTraffic();
  try {
    await work();
  } finally {
    const counts = await traffic.stop();
    findings.validations = counts.validations;
    findings.failures.push(...(await watch.stop()), ...judgeTraffic(counts, strikes));
    if (watch.looks === 0) findings.failures.push('nobody looked at the nodes');
    for (const [index, node] of serving.entries()) {
      const errors = serverErrorsOf(node) - errorsBefore[index]!;
      if (errors > 0) findings.failures.push(`${node.name}: ${errors} answers of 500 and above`);
    }
  }
}

async function rotateUnder(
  scene: FaultScene,
  strikes: readonly Strike[],
  chance: Chance,
  findings: Findings,
): Promise<void> {
  const observer = observeBlocking(scene);
  let struck: Struck[];
  let blocking: Blocking[];
  try {
    struck = await strikeAll(scene, strikes, chance, findings);
    await rotationEnds(scene, findings);
  } finally {
    blocking = await observer.stop();
  }
  const result = await scene.result();
  findings.end = describeEnd(blocking, result);
  findings.failures.push(
    ...judgeBlocking(blocking, strikes),
    ...judgeEnd(result, strikes),
    ...judgeTold(
      blocking,
      result,
      struck.map(({ strike }) => strike),
    ),
  );
  const progress = await finalProgress(scene);
  for (const { strike, at } of struck) {
    if (wasIn(strike.phase, at, progress)) findings.struck++;
    else findings.missed.push(missed(strike, at, progress));
  }
}

function missed({ fault, phase }: Strike, at: number, { steps }: Progress): string {
  const when = steps.map((step) => `${step.phase} ${step.startedAt} to ${step.endedAt}`);
  return `${fault.name} missed ${phase}: done at ${new Date(at).toISOString()}, ${when.join(', ')}`;
}

/** Nothing passes between worker and nodes before all of them watch for their moment. */
async function strikeAll(
  scene: FaultScene,
  strikes: readonly Strike[],
  chance: Chance,
  findings: Findings,
): Promise<Struck[]> {
  const armed = await Promise.all(strikes.map(arm));
  const letGo = scene.gate.hold();
  try {
    await scene.startRotation();
    const all = armed.map((each) =>
      strikeIn(scene, each, chance).catch((error: unknown) => {
        findings.note(error);
        return null;
      }),
    );
    letGo();
    return (await Promise.all(all)).filter((each) => each !== null);
  } finally {
    letGo();
    for (const { prepared } of armed) prepared.cancel();
  }
}

async function rotationEnds(scene: FaultScene, { failures }: Findings): Promise<void> {
  const hasEnded = async () => {
    if (await scene.replaceDeadWorker()) failures.push('the worker ended by itself');
    return scene.hasEnded();
  };
  await until(hasEnded, END_PATIENCE_MS, 'the rotation did not end');
}

/** A worker that was just started has to read the history first. */
async function finalProgress(scene: FaultScene): Promise<Progress> {
  let progress: Progress | null = null;
  const isTold = async () => (progress = await scene.progress()) !== null;
  await until(isTold, END_PATIENCE_MS, 'nobody tells what the rotation did');
  return progress!;
}

function describeEnd(blocking: readonly Blocking[], { outcome, error }: OperationResult): string {
  const told = blocking.map(({ node, code }) => `${code}${node && ` on ${node}`}`);
  const waits = told.length > 0 ? `blocked by ${told.join(', ')}, then ` : '';
  return `${waits}${outcome}${error ? ` with ${error.code}` : ''}`;
}

/** Whatever happened, the fleet comes in sync by what an operator would say. */
async function settle(scene: FaultScene, findings: Findings): Promise<void> {
  await rotationEnds(scene, findings);
  for (const { repository } of scene.served) letLeaseEnd(repository);
  if (await scene.isInSync()) return;
  const { code, stdout, stderr } = await scene.rotor('reconcile', '--yes', '--json');
  if (code !== 0) throw new Error(`reconcile: ${stdout}${stderr}`);
  if (!(await scene.isInSync())) throw new Error('not in sync at the end');
}
