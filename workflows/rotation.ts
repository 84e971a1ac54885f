import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  isCancellation,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { FleetDescription } from '../activities/messages.js';
import {
  forgetGone,
  forgetIncoming,
  effectiveMarginMs,
  neededUntil,
  observe,
  type Ledger,
} from '../core/ledger.js';
import { plan, type Decision, type Goal, type NodeProblem } from '../core/planner.js';
import { PROBLEM_CODES, needsAPerson } from '../core/problems.js';
import { keysOf, primaryOf, stagedOf, type Fingerprint } from '../core/repository.js';
import type { RotationError, RotationRequest, RotationResult } from '../core/rotation.js';
import { readNodes, type Survey } from '../core/survey.js';
import { records, visits } from './activity-proxies.js';
import { putBack } from './compensation.js';
import { look } from './look.js';
import { progressQuery } from './messages.js';
import { beginState, beginStep, blockedForMs, progressOf, setBlocking, type RotationState } from './state.js';
import { carryOut, type StepContext, type Visit } from './steps.js';

/** Between two looks at a fleet that is in the way: a reboot takes minutes, so the gaps grow up to half a minute. */
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/**
 * One rotation of a fleet: look, ask the planner for the next step, carry it out, look again, until the planner says that
 * the goal is reached. Before promotion it can be given up, and everything is put back; once promotion began it only
 * goes forward, because a token may have been made with the new primary.
 *
 * Fails with an ApplicationFailure whose type is a {@link ProblemCode} and whose first detail is the RotationResult, when
 * a person has to change something first.
 */
export async function rotation(request: RotationRequest, carried?: RotationState): Promise<RotationResult> {
  const state = carried ?? beginState(Date.now());
  setHandler(progressQuery, () => progressOf(state));

  let isCancelled = false;
  CancellationScope.current().cancelRequested.catch((error: unknown) => {
    isCancelled = isCancellation(error);
  });
  return CancellationScope.nonCancellable(() => new Rotation(request, state, () => isCancelled).run());
}

class Rotation {
  private readonly info = workflowInfo();
  /** The same for every run of a rotation that was continued as new: it names who holds the locks and the ledger. */
  private readonly operation = `${this.info.workflowId}/${this.info.firstExecutionRunId}`;
  private ledger!: Ledger;
  private fleet: FleetDescription = NOT_READ_YET;
  private survey: Survey = NOT_LOOKED_YET;

  constructor(
    private readonly request: RotationRequest,
    private readonly state: RotationState,
    private readonly isCancelled: () => boolean,
  ) {}

  async run(): Promise<RotationResult> {
    this.ledger = await records.openLedger({ fleet: this.request.fleet, operation: this.operation });
    for (;;) {
      const turn = await this.turn().catch((error: unknown) => [problemOfActivity(error)]);
      if (!Array.isArray(turn)) return turn;
      setBlocking(this.state, turn);
      if (this.isCancelled() && !this.state.promotionBegan) return this.giveUp('aborted', CANCELLED);
      if (turn.length === 0) continue;
      const reason = this.reasonToGiveUp(turn);
      if (reason) return this.giveUp(reason, errorOf(turn));
      await this.waitABit();
    }
  }

  /** One look and one step. What is in its way comes back as problems; the result, when there is nothing left to do. */
  private async turn(): Promise<RotationResult | NodeProblem[]> {
    const decision = await this.lookAndPlan();
    if (decision.step.kind !== 'done') return this.act(decision);
    if (this.state.goal) return this.complete();
    this.state.goal = goalOf(this.survey);
    return [];
  }

  private async lookAndPlan(): Promise<Decision> {
    const { state } = this;
    this.fleet = await records.describeFleet({ fleet: this.request.fleet });
    this.survey = await look(this.fleet, state.notes);
    this.ledger = observe(this.ledger, this.survey, this.fleet.policy);
    state.nodes = this.fleet.nodes.length;
    state.keysBefore ??= keysIn(this.survey);
    return plan(this.survey, this.ledger, this.fleet.policy, state.goal, Date.now());
  }

  /** Carries out one step; what is in the way of it comes back as problems. */
  private async act({ phase, step, reason, expired }: Decision): Promise<NodeProblem[]> {
    switch (step.kind) {
      case 'survey':
      case 'done':
        return [];
      case 'wait':
      case 'refuse':
        this.state.reason = reason;
        return step.problems.length > 0 || step.kind === 'wait'
          ? [...step.problems]
          : [{ node: '', code: step.code, message: step.message }];
      default: {
        const end = beginStep(this.state, phase, reason, step.kind === 'make' ? [step.node] : step.nodes);
        const problems = await this.visit(step, expired).catch((error: unknown) => [
          problemOfActivity(error),
        ]);
        end(problems);
        return problems;
      }
    }
  }

  private async visit(step: Visit, expired: readonly Fingerprint[]): Promise<NodeProblem[]> {
    const inTheWay = await this.cannotProbe();
    if (inTheWay.length > 0) return inTheWay;
    this.registerUndo(step);
    // The ledger is on record before anything acts on it, so that a key's past is never better known here than there.
    await this.save();
    const result = await carryOut(step, this.context(expired));
    this.ledger = result.ledger;
    this.state.notes = result.notes;
    return [...result.problems];
  }

  /** Before a step acts: who would have to be put back, or that nobody can be any more. */
  private registerUndo(step: Visit): void {
    const { state } = this;
    if (step.kind === 'probe') return;
    if (step.kind === 'place' && step.placement.kind === 'promote' && step.placement.key === state.goal?.to) {
      state.promotionBegan = true;
    }
    const touched = step.kind === 'make' ? [step.node] : step.nodes;
    state.toPutBack = state.promotionBegan ? [] : [...new Set([...state.toPutBack, ...touched])];
  }

  /** A probe that could never succeed is found out before anything is changed, not in the middle. */
  private async cannotProbe(): Promise<NodeProblem[]> {
    if (this.state.canProbe) return [];
    const nodes = this.survey.nodes
      .filter((node) => node.canBeProbed && !node.fenced)
      .map(({ name, repository }) => ({ node: name, surveyed: repository }));
    const outcomes = nodes.length === 0 ? [] : await visits.probeNodes({ keys: [], nodes });
    const problems = outcomes.flatMap(({ problem }) => (problem ? [problem] : []));
    this.state.canProbe = problems.length === 0;
    return problems;
  }

  private reasonToGiveUp(problems: readonly NodeProblem[]): 'failed' | 'compensated' | null {
    if (this.state.promotionBegan) return null;
    if (problems.some(({ code }) => needsAPerson(code))) return 'failed';
    return blockedForMs(this.state) >= this.fleet.waitForNodeMs ? 'compensated' : null;
  }

  private async waitABit(): Promise<void> {
    if (workflowInfo().continueAsNewSuggested) {
      await this.save();
      await continueAsNew<(request: RotationRequest, state: RotationState) => Promise<RotationResult>>(
        this.request,
        this.state,
      );
    }
    const delay = Math.min(FIRST_DELAY_MS * 2 ** (this.state.failedLooks - 1), LONGEST_DELAY_MS);
    await sleep(this.state.promotionBegan ? delay : Math.min(delay, this.fleet.waitForNodeMs));
  }

  private async complete(): Promise<RotationResult> {
    this.ledger = forgetIncoming(this.ledger);
    return this.close('completed', null);
  }

  private async giveUp(
    outcome: 'compensated' | 'failed' | 'aborted',
    error: RotationError,
  ): Promise<RotationResult> {
    const { state } = this;
    if (state.toPutBack.length === 0) return this.close(outcome, error);
    const end = beginStep(state, 'compensate', `putting back: ${error.message}`, state.toPutBack);
    const proof = await putBack(state.toPutBack, state.goal, () => this.lookAgain()).catch(
      (cause: unknown) => ({
        isProven: false,
        problems: [problemOfActivity(cause)],
      }),
    );
    end(proof.problems);
    if (proof.isProven) return this.close(outcome, error);
    return this.close('failed', {
      ...error,
      message: `${error.message}; and not every node could be proven to be as it was: ${proof.problems.map(({ message }) => message).join('; ')}`,
    });
  }

  private async lookAgain(): Promise<StepContext> {
    await this.lookAndPlan();
    return this.context([]);
  }

  private context(expired: readonly Fingerprint[]): StepContext {
    const { operation, fleet, survey, ledger } = this;
    return { operation, fleet, survey, ledger, expired, notes: this.state.notes };
  }

  private async save(): Promise<void> {
    await records.writeLedger({ fleet: this.request.fleet, operation: this.operation, ledger: this.ledger });
  }

  private async close(
    outcome: RotationResult['outcome'],
    error: RotationError | null,
  ): Promise<RotationResult> {
    const { state } = this;
    const result = this.resultOf(outcome, error);
    this.ledger = forgetGone(this.ledger, this.survey, effectiveMarginMs(this.fleet.policy, this.survey));
    await records.closeLedger({
      fleet: this.request.fleet,
      operation: this.operation,
      ledger: this.ledger,
      result,
    });
    state.phase = 'ended';
    state.outcome = outcome;
    state.reason = error?.message ?? 'every node has the new keys';
    if (outcome === 'failed') {
      throw ApplicationFailure.create({
        type: error!.code,
        message: error!.message,
        details: [result],
        nonRetryable: true,
      });
    }
    return result;
  }

  private resultOf(outcome: RotationResult['outcome'], error: RotationError | null): RotationResult {
    const { survey, state, info } = this;
    const [first] = readNodes(survey);
    const primary = first ? (primaryOf(first.repository) ?? null) : null;
    const staged = first ? (stagedOf(first.repository) ?? null) : null;
    const now = keysIn(survey);
    return {
      workflowId: info.workflowId,
      runId: info.runId,
      outcome,
      primary,
      staged,
      pruned: (state.keysBefore ?? []).filter((key) => !now.includes(key)),
      retained: now.filter((key) => key !== primary && key !== staged).flatMap((key) => this.retention(key)),
      nodes: state.nodes,
      startedAt: new Date(state.startedAt).toISOString(),
      endedAt: new Date(Date.now()).toISOString(),
      error,
    };
  }

  private retention(fingerprint: Fingerprint): RotationResult['retained'] {
    const until = neededUntil(this.ledger, fingerprint, effectiveMarginMs(this.fleet.policy, this.survey));
    return Number.isFinite(until) ? [{ fingerprint, until: new Date(until).toISOString() }] : [];
  }
}

/** Until the configuration was read once: no nodes, and nothing that would be worth waiting for. */
const NOT_READ_YET: FleetDescription = {
  fleet: '',
  nodes: [],
  policy: { expirationMs: 0, allowExpiredWindowMs: 0, marginMs: 0, maxFiles: 0 },
  pauseMs: 0,
  waitForNodeMs: 0,
};
const NOT_LOOKED_YET: Survey = { startedAt: 0, at: 0, nodes: [] };

/**
 * Trouble that is nobody's node: mostly a configuration that somebody broke in the middle. It stops a rotation before
 * promotion, and is waited out after; only another operation that has taken over the fleet ends it at any time.
 */
function problemOfActivity(error: unknown): NodeProblem {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || cause.type === 'ledger-busy') throw error;
  const code = PROBLEM_CODES.find((known) => known === cause.type) ?? 'internal';
  return { node: '', code, message: cause.message };
}

const CANCELLED: RotationError = { code: 'internal', message: 'the rotation was cancelled', nodes: [] };

/** In a fleet that is in sync: its standby is to replace its primary. */
function goalOf(survey: Survey): Goal {
  const { repository } = readNodes(survey)[0]!;
  return { from: primaryOf(repository)!, to: stagedOf(repository)! };
}

function keysIn(survey: Survey): Fingerprint[] {
  return [...new Set(survey.nodes.flatMap((node) => [...keysOf(node.repository)]))];
}

function errorOf(problems: readonly NodeProblem[]): RotationError {
  const [worst] = [...problems].sort((a, b) => Number(needsAPerson(b.code)) - Number(needsAPerson(a.code)));
  const nodes = [...new Set(problems.map(({ node }) => node).filter((node) => node !== ''))];
  return { code: worst!.code, message: worst!.message, nodes };
}
