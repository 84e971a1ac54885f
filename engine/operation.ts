import { refuse, type Decision, type NodeProblem } from '../core/decision.js';
import {
  INVENTORY_REMEDY,
  inventoryChange,
  inventoryChangeText,
  type InventoryChange,
} from '../core/inventory-change.js';
import { withKeystoneSettings } from '../core/keystone-settings.js';
import { learn } from '../core/learning.js';
import { forgetIncoming, nextRevision, revokeAll, withIntent, type Ledger } from '../core/ledger.js';
import { readNodes, servingNodes } from '../core/membership.js';
import { viewOf, type FleetView } from '../core/fleet-view.js';
import type { FleetDescription, StepName } from '../core/messages.js';
import { followOrder, objectionTo, type Order } from '../core/orders.js';
import { plan } from '../core/planner.js';
import { problemCodeOf } from '../core/problems.js';
import { primaryOf, stagedOf, type Fingerprint } from '../core/repository.js';
import type {
  Answer,
  OperationError,
  OperationRequest,
  OperationResult,
  Progress,
} from '../core/rotation.js';
import { keysOn, type Survey } from '../core/survey.js';
import { iso } from '../core/times.js';
import { followAnswer, objectionToAnswer, possibleAnswers } from './answers.js';
import { errorFor, reasonToEnd, type Ending } from './ending.js';
import { lookAnew } from './look.js';
import { resultOf, type OperationNames } from './result.js';
import { beginStep, inTheWaySince, setBlocking, type OperationState } from './state.js';
import { carryOut, type StepContext, type Visit } from './steps.js';
import type { World } from './world.js';

/** Between two looks at a fleet that is in the way: a reboot takes minutes, so the gaps grow up to half a minute. */
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/** Looks in a row without success before a fleet that is put back is called unproven. */
const MOST_FAILED_LOOKS = 5;

/** How an operation leaves `run`. */
export type OperationEnd =
  | { readonly kind: 'ended'; readonly result: OperationResult }
  /** To be gone on with in a new history, from the state as it is. */
  | { readonly kind: 'tired' };

/**
 * One operation on a fleet: look, ask the planner for the next step, carry it out, look again, until the planner says that
 * the intent is reached. Before promotion a rotation can be given up, and everything is put back; once promotion began it
 * goes forward by itself, because a token may have been made with the new primary, and back only by an operator's word.
 */
export class Operation {
  private ledger!: Ledger;
  private fleet: FleetDescription = NOT_READ_YET;
  private survey: Survey = NOT_LOOKED_YET;
  /** Something was said to us since the last look. */
  private isPoked = false;

  constructor(
    private readonly world: World,
    private readonly request: OperationRequest,
    private readonly state: OperationState,
    private readonly names: OperationNames,
  ) {}

  async run(): Promise<OperationEnd> {
    this.ledger = await this.world.openLedger(this.names.operation);
    // Whoever comes after a revocation that was cut off finishes it first.
    if (this.ledger.intent.kind !== 'revoke' && this.state.goal === null) this.intend({ kind: 'sync' });
    for (;;) {
      await this.whilePaused();
      const turn = await this.turn().catch((error: unknown) => [this.problemOf(error)]);
      if (!Array.isArray(turn)) return { kind: 'ended', result: turn };
      const now = this.world.now();
      setBlocking(this.state, turn, now);
      const { kind } = this.request;
      const { waitForNodeMs } = this.fleet;
      const ending = reasonToEnd(this.state, kind, turn, { waitForNodeMs, now });
      if (ending) return { kind: 'ended', result: await this.giveUp(ending, errorFor(ending, kind, turn)) };
      if (this.world.isTired()) {
        await this.save();
        return { kind: 'tired' };
      }
      if (turn.length > 0) await this.waitABit();
    }
  }

  // What operators say.

  /** @returns why it can't be followed; null when it will be, at the next look */
  objectionTo(order: Order): string | null {
    return objectionTo(order, this.ledger, namesOf(this.fleet));
  }

  order(order: Order): void {
    this.state.orders.push(order);
    this.isPoked = true;
  }

  objectionToAnswer(answer: Answer): string | null {
    return objectionToAnswer(this.state, this.request.kind, answer);
  }

  answer(answer: Answer): void {
    followAnswer(this.state, answer);
    this.isPoked = true;
  }

  /** Nobody's word, but that of Temporal's own cancellation. */
  cancel(): void {
    if (!this.state.promotionBegan && this.request.kind !== 'revoke') this.answer('abort');
  }

  progress(): Progress {
    const { phase, reason, nodes, steps, blocking, outcome, startedAt } = this.state;
    return {
      kind: this.request.kind,
      phase,
      reason,
      nodes,
      steps,
      blocking,
      outcome,
      answers: possibleAnswers(this.state, this.request.kind),
      startedAt: iso(startedAt),
    };
  }

  /** Since when somebody is waited for, ISO 8601; null while nobody is. */
  blockedSince(): string | null {
    return this.state.outcome === 'blocked' ? inTheWaySince(this.state) : null;
  }

  /** The fleet as the last look found it; null before the first. */
  view(): FleetView | null {
    if (this.survey === NOT_LOOKED_YET) return null;
    return viewOf(this.request.fleet, this.survey, this.ledger, this.fleet.policy);
  }

  // One look and one step.

  /** What is in the way comes back as problems; the result, when there is nothing left to do. */
  private async turn(): Promise<OperationResult | NodeProblem[]> {
    await this.look();
    let decision = this.plan();
    // What is reached leads to the next intent, for which the same look is as good.
    for (; decision.step.kind === 'done'; decision = this.plan()) {
      const { kind } = this.ledger.intent;
      if (kind === 'rotate' || kind === this.kindOfIntent()) return this.complete();
      this.intendNext();
    }
    return this.act(decision);
  }

  private intendNext(): void {
    if (this.request.kind !== 'rotate' || this.ledger.intent.kind !== 'sync')
      return this.intend({ kind: 'sync' });
    this.state.goal = goalOf(this.survey, this.ledger);
    this.intend({ kind: 'rotate', ...this.state.goal });
  }

  /** The intent that ends an operation of this kind when it is reached. */
  private kindOfIntent(): Ledger['intent']['kind'] {
    return this.request.kind === 'reconcile' ? 'sync' : this.request.kind;
  }

  /** A fresh look at every node, and what it teaches. */
  private async look(): Promise<void> {
    const { state, world } = this;
    this.isPoked = false;
    const { fleet, survey } = await lookAnew(world, this.fleet, state.notes);
    this.fleet = withKeystoneSettings(fleet, survey);
    this.survey = survey;
    this.followOrders();
    // Nothing is learnt from an inventory that may be wrong.
    if (this.inventoryChange()) return;
    this.ledger = learn(this.ledger, this.survey, this.fleet.policy);
    this.beginRevocation();
    state.nodes = this.fleet.nodes.length;
    state.keysBefore ??= keysOn(this.survey.nodes);
    this.noticePromotion();
  }

  private plan(): Decision {
    const change = this.inventoryChange();
    if (change) return refuse('inventory-changed', `${inventoryChangeText(change)}; ${INVENTORY_REMEDY}`, []);
    return plan(this.survey, this.ledger, this.fleet.policy, this.world.now());
  }

  private inventoryChange(): InventoryChange | null {
    return inventoryChange(this.ledger, namesOf(this.fleet));
  }

  private followOrders(): void {
    const inventory = namesOf(this.fleet);
    for (const order of this.state.orders.splice(0)) {
      if (objectionTo(order, this.ledger, inventory) !== null) continue;
      this.ledger = followOrder(this.ledger, order, inventory, this.world.now());
    }
  }

  /** Once, at the first look: whatever is known now is to go. */
  private beginRevocation(): void {
    const { state, request } = this;
    if (request.kind !== 'revoke' || state.revoked !== null) return;
    this.ledger = revokeAll(this.ledger);
    state.revoked = keysOn(this.survey.nodes);
  }

  /** A stranger's rotate may have promoted the standby before we did. */
  private noticePromotion(): void {
    const { goal } = this.state;
    if (!goal || this.ledger.intent.kind !== 'rotate') return;
    const isNew = readNodes(this.survey, this.ledger).some(
      ({ repository }) => primaryOf(repository) === goal.to,
    );
    if (isNew) this.state.promotionBegan = true;
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
        if (step.problems.length > 0 || step.kind === 'wait') return [...step.problems];
        return [{ node: '', code: step.code, message: step.message }];
      default: {
        const nodes = step.kind === 'make' ? [step.node] : step.nodes;
        const end = beginStep(this.state, () => this.world.now(), phase, reason, nodes);
        const problems = await this.visit(step, { phase, reason }, expired).catch((error: unknown) => [
          this.problemOf(error),
        ]);
        end(problems);
        return problems;
      }
    }
  }

  private async visit(step: Visit, name: StepName, expired: readonly Fingerprint[]): Promise<NodeProblem[]> {
    const inTheWay = await this.cannotProbe();
    if (inTheWay.length > 0) return inTheWay;
    this.registerUndo(step);
    // The ledger is on record before anything acts on it, so that a key's past is never better known here than there.
    await this.save();
    const result = await carryOut(step, this.context(name, expired));
    this.ledger = result.ledger;
    this.state.notes = result.notes;
    return [...result.problems];
  }

  /** Before a step acts: who would have to be put back, or that nobody can be by itself any more. */
  private registerUndo(step: Visit): void {
    const { state } = this;
    if (step.kind === 'probe') return;
    if (step.kind === 'place' && step.placement.kind === 'promote' && step.placement.key === state.goal?.to)
      state.promotionBegan = true;
    const touched = step.kind === 'make' ? [step.node] : step.nodes;
    state.touched = [...new Set([...state.touched, ...touched])];
  }

  /** A probe that could never succeed is found out before anything is changed, not in the middle. */
  private async cannotProbe(): Promise<NodeProblem[]> {
    if (this.state.canProbe || this.ledger.intent.kind === 'putBack') return [];
    const nodes = readNodes(this.survey, this.ledger)
      .filter((node) => node.canBeProbed && node.problems.length === 0)
      .map(({ name, repository, damage }) => ({ node: name, surveyed: { repository, damage } }));
    const outcomes = nodes.length === 0 ? [] : await this.world.probe({ step: null, keys: [], nodes });
    const problems = outcomes.flatMap(({ problem }) => (problem ? [problem] : []));
    this.state.canProbe = problems.length === 0;
    return problems;
  }

  // Ends.

  private complete(): Promise<OperationResult> {
    const { incoming } = this.ledger;
    const isPlaced = readNodes(this.survey, this.ledger).some(
      ({ repository }) => stagedOf(repository) === incoming || primaryOf(repository) === incoming,
    );
    if (isPlaced) this.ledger = forgetIncoming(this.ledger);
    return this.close('completed', null);
  }

  private async giveUp(outcome: Ending, error: OperationError): Promise<OperationResult> {
    const { state, world } = this;
    if (state.goal === null || state.touched.length === 0) return this.close(outcome, error);
    const end = beginStep(
      state,
      () => world.now(),
      'compensate',
      `putting back: ${error.message}`,
      state.touched,
    );
    const { from, to } = state.goal;
    this.intend({ kind: 'putBack', primary: from, staged: to });
    const problems = await this.putBack();
    end(problems);
    if (problems.length === 0) {
      const kept = state.promotionBegan ? `; ${to} stays readable, because it may have made tokens` : '';
      return this.close(outcome, { ...error, message: `${error.message}${kept}` });
    }
    return this.close('failed', {
      ...error,
      message: `${error.message}; and not every node could be proven to be as it was: ${problems.map(({ message }) => message).join('; ')}`,
    });
  }

  /** Ends with a survey that proves the state, or with what is in the way after several tries. */
  private async putBack(): Promise<NodeProblem[]> {
    for (let failedLooks = 0; ;) {
      const problems = await this.putBackOnce().catch((error: unknown) => [this.problemOf(error)]);
      if (problems === null) return [];
      if (problems.length > 0 && ++failedLooks >= MOST_FAILED_LOOKS) return problems;
      if (problems.length > 0) await this.world.waitFor(() => false, FIRST_DELAY_MS * 2 ** failedLooks);
    }
  }

  /** Null when everything is as it was. */
  private async putBackOnce(): Promise<NodeProblem[] | null> {
    await this.look();
    const decision = this.plan();
    if (decision.step.kind !== 'done') return this.act(decision);
    // Before promotion a node that can't be read had nothing but an introduced key.
    const unread = servingNodes(this.survey, this.ledger).filter((node) => !node.reachable);
    if (!this.state.promotionBegan || unread.length === 0) return null;
    return unread.flatMap((node) => node.problems.map((problem) => ({ node: node.name, ...problem })));
  }

  private async close(outcome: Ending, error: OperationError | null): Promise<OperationResult> {
    const { state } = this;
    const { survey, ledger, fleet, request, names } = this;
    const seen = { survey, ledger, policy: fleet.policy };
    const result = resultOf({
      kind: request.kind,
      names,
      state,
      seen,
      outcome,
      error,
      endedAt: this.world.now(),
    });
    if (this.ledger.intent.kind !== 'revoke' || outcome === 'completed') this.intend({ kind: 'sync' });
    this.ledger = nextRevision(this.ledger);
    await this.world.closeLedger(this.names.operation, this.ledger, result);
    state.phase = 'ended';
    state.outcome = outcome;
    state.blocking = [];
    state.reason = error?.message ?? 'every node has the same keys';
    return result;
  }

  // Small things.

  private intend(intent: Ledger['intent']): void {
    this.ledger = withIntent(this.ledger, intent);
  }

  private context(step: StepName, expired: readonly Fingerprint[]): StepContext {
    const { world, fleet, survey, ledger } = this;
    const { operation } = this.names;
    return { world, step, operation, fleet, survey, ledger, expired, notes: this.state.notes };
  }

  private save(): Promise<void> {
    this.ledger = nextRevision(this.ledger);
    return this.world.saveLedger(this.names.operation, this.ledger);
  }

  private async whilePaused(): Promise<void> {
    const { state } = this;
    if (!state.isPaused) return;
    state.outcome = 'blocked';
    state.reason = 'paused by an operator';
    await this.world.waitFor(() => !state.isPaused || state.isAborted, Infinity);
    state.outcome = null;
  }

  private waitABit(): Promise<void> {
    const delay = Math.min(FIRST_DELAY_MS * 2 ** (this.state.failedLooks - 1), LONGEST_DELAY_MS);
    const atMost = this.state.promotionBegan ? delay : Math.min(delay, Math.max(this.fleet.waitForNodeMs, 1));
    return this.world.waitFor(() => this.isPoked, atMost);
  }

  /** Trouble that is nobody's node: mostly a configuration that somebody broke in the middle. */
  private problemOf(error: unknown): NodeProblem {
    const { code, message } = this.world.problemOf(error);
    return { node: '', code: problemCodeOf(code), message };
  }
}

/** Until the configuration was read once: no nodes, and nothing that would be worth waiting for. */
const NOT_READ_YET: FleetDescription = {
  fleet: '',
  nodes: [],
  policy: { expirationMs: 0, allowExpiredWindowMs: 0, marginMs: 0, maxFiles: 0, maxActiveKeys: null },
  pauseMs: 0,
  waitForNodeMs: 0,
  everyMs: 0,
};
const NOT_LOOKED_YET: Survey = { startedAt: 0, at: 0, nodes: [] };

function namesOf({ nodes }: FleetDescription): string[] {
  return nodes.map(({ name }) => name);
}

/** In a fleet that is in sync: its standby is to replace its primary. */
function goalOf(survey: Survey, ledger: Ledger): { from: Fingerprint; to: Fingerprint } {
  const { repository } = readNodes(survey, ledger)[0]!;
  return { from: primaryOf(repository)!, to: stagedOf(repository)! };
}
