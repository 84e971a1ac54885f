import {
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
import { expiredNow, plan, type Decision, type Goal, type NodeProblem } from '../core/planner.js';
import { needsAPerson } from '../core/problems.js';
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
  private fleet!: FleetDescription;
  private survey!: Survey;

  constructor(
    private readonly request: RotationRequest,
    private readonly state: RotationState,
    private readonly isCancelled: () => boolean,
  ) {}

  async run(): Promise<RotationResult> {
    this.ledger = await records.openLedger({ fleet: this.request.fleet, operation: this.operation });
    for (;;) {
      const decision = await this.lookAndPlan();
      if (this.isCancelled() && !this.state.promotionBegan) return this.giveUp('aborted', CANCELLED);
      if (decision.step.kind === 'done') {
        if (this.state.goal) return this.complete();
        this.state.goal = goalOf(this.survey);
        continue;
      }
      const problems = await this.act(decision);
      setBlocking(this.state, problems);
      if (problems.length === 0) continue;
      const reason = this.reasonToGiveUp(problems);
      if (reason) return this.giveUp(reason, errorOf(problems));
      await this.waitABit();
    }
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
  private async act({ phase, step, reason }: Decision): Promise<readonly NodeProblem[]> {
    switch (step.kind) {
      case 'survey':
      case 'done':
        return [];
      case 'wait':
      case 'refuse':
        this.state.reason = reason;
        return step.problems.length > 0 || step.kind === 'wait'
          ? step.problems
          : [{ node: '', code: step.code, message: step.message }];
      default: {
        const end = beginStep(this.state, phase, reason, step.kind === 'make' ? [step.node] : step.nodes);
        const problems = (await this.cannotProbe()) ?? (await this.visit(step));
        end(problems);
        return problems;
      }
    }
  }

  private async visit(step: Visit): Promise<readonly NodeProblem[]> {
    this.registerUndo(step);
    // The ledger is on record before anything acts on it, so that a key's past is never better known here than there.
    await this.save();
    const result = await carryOut(step, this.context());
    this.ledger = result.ledger;
    this.state.notes = result.notes;
    return result.problems;
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
  private async cannotProbe(): Promise<readonly NodeProblem[] | null> {
    if (this.state.canProbe) return null;
    const nodes = this.survey.nodes
      .filter((node) => node.canBeProbed && !node.fenced)
      .map(({ name, repository }) => ({ node: name, surveyed: repository }));
    const outcomes = nodes.length === 0 ? [] : await visits.probeNodes({ keys: [], nodes });
    const problems = outcomes.flatMap(({ problem }) => (problem ? [problem] : []));
    this.state.canProbe = problems.length === 0;
    return this.state.canProbe ? null : problems;
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
    const proof = await putBack(state.toPutBack, state.goal, () => this.lookAgain());
    end(proof.problems);
    if (proof.isProven) return this.close(outcome, error);
    return this.close('failed', {
      ...error,
      message: `${error.message}; and not every node could be proven to be as it was: ${proof.problems.map(({ message }) => message).join('; ')}`,
    });
  }

  private async lookAgain(): Promise<StepContext> {
    await this.lookAndPlan();
    return this.context();
  }

  private context(): StepContext {
    const { operation, fleet, survey, ledger } = this;
    const expired = expiredNow(survey, ledger, fleet.policy, Date.now());
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
