/** Everything that is so at one moment: the nodes, who is at work there, who has decided what, and what may yet go wrong. */
import { KEY_COUNT } from './keys.js';

/** One visit to one node, as `core/visit.ts` goes through it. */
export interface Attempt {
  /** The orchestrator that began it. */
  readonly owner: number;
  readonly node: number;
  /** Of the model's visit plans. */
  readonly plan: number;
  /** Of the model's visit states. */
  readonly visit: number;
  /** Its name stands in the node's lock. */
  readonly hasLock: boolean;
  /** Its content stands under `.rotor`. */
  readonly hasStaged: boolean;
  /** Another attempt has taken the lock and read since. */
  readonly isSuperseded: boolean;
  /** Its orchestrator has given it up; it goes on whenever it likes. */
  readonly isZombie: boolean;
  /** It has waited since its last operation. */
  readonly hasPaused: boolean;
  /** Begun while the survey was still evidence. */
  readonly isFresh: boolean;
  /** Nodes that a fault changed after the survey had read them: what follows from that is the fault's doing. */
  readonly excused: number;
  /** Of a rotation that is given up: the one thing that may lead to an older primary. */
  readonly goesBack: boolean;
  /** The key that it makes; -1 for none. */
  readonly makes: number;
}

export type Stage = 'idle' | 'looking' | 'visiting' | 'finished';

/** One who follows the planner. Two have nothing in common but the nodes. */
export interface Orchestrator {
  readonly stage: Stage;
  /** Which operation of its programme it is at. */
  readonly operation: number;
  readonly ledger: number;
  readonly hasRevoked: boolean;
  /** What this look has found so far. */
  readonly readings: readonly number[];
  readonly startedAt: number;
  readonly readAt: number;
  /** What the look before this one found, and how many found something new: later looks have later times. */
  readonly known: readonly number[];
  readonly news: number;
  readonly excused: number;
  /** Keys that each node's Keystone has accepted. */
  readonly accepted: readonly number[];
  /** Nodes whose clock was measured. */
  readonly measured: number;
}

export const NOT_READ = -2;
export const UNREACHABLE = -1;

/** How often each thing may still happen. */
export interface Budget {
  readonly strays: number;
  readonly restores: number;
  readonly downs: number;
  readonly losses: number;
  readonly ticks: number;
  readonly aborts: number;
  /** A fenced node that an operator lets in again. */
  readonly unfences: number;
  readonly repairs: number;
  /** From one orchestrator to another. */
  readonly switches: number;
}

export interface State {
  readonly tick: number;
  readonly repositories: readonly number[];
  /** Sets of nodes. */
  readonly down: number;
  /** Those whose running Keystone hears nothing of changes to its files. */
  readonly deaf: number;
  readonly serving: number;
  readonly attempts: readonly Attempt[];
  readonly orchestrators: readonly Orchestrator[];
  /** The one that was at work last. */
  readonly turn: number;
  readonly made: number;
  readonly strangers: number;
  /** A stray rotate between its two halves. */
  readonly stray: {
    readonly node: number;
    readonly purged: readonly number[];
    /** The first since the fleet was in sync, which must do no harm. */
    readonly isFirst: boolean;
  } | null;
  /** Somebody rotated by hand since the fleet was last in sync. */
  readonly isDisturbed: boolean;
  /** Keys that a fault made a primary. */
  readonly tainted: number;
  readonly revoked: number;
  /** The tick at which each key was last a primary of a serving node; -1 when no token can need it. */
  readonly lastPrimary: readonly number[];
  readonly left: Budget;
}

/** States with the same text are the same state. All numbers are small; ledgers get two places. */
export function encode(state: State): string {
  const { left, stray } = state;
  const codes: number[] = [
    state.tick,
    state.down | (state.deaf << 4),
    state.serving,
    state.made,
    state.strangers,
    state.turn | (left.switches << 1),
    stray ? stray.node * 2 + Number(stray.isFirst) + 1 : 0,
    ...(stray ? [stray.purged.length, ...stray.purged] : []),
    Number(state.isDisturbed),
    ...pair(state.tainted),
    ...pair(state.revoked),
    left.strays | (left.restores << 3) | (left.downs << 6) | (left.losses << 9),
    left.ticks | (left.aborts << 3) | (left.unfences << 6) | (left.repairs << 9),
    ...state.repositories,
  ];
  for (let key = 0; key < KEY_COUNT; key++) codes.push(state.lastPrimary[key]! + 1);
  for (const orchestrator of state.orchestrators) encodeOrchestrator(orchestrator, codes);
  return String.fromCharCode(...codes) + state.attempts.map(encodeAttempt).sort().join('');
}

const STAGES: readonly Stage[] = ['idle', 'looking', 'visiting', 'finished'];

function encodeOrchestrator(orchestrator: Orchestrator, codes: number[]): void {
  const { stage, operation, ledger, hasRevoked, startedAt, readAt, news, excused, measured } = orchestrator;
  codes.push(STAGES.indexOf(stage) | (operation << 2) | (Number(hasRevoked) << 6), ...pair(ledger));
  codes.push(startedAt, readAt, news, excused, measured);
  for (const reading of orchestrator.readings) codes.push(reading + 2);
  for (const reading of orchestrator.known) codes.push(reading + 2);
  for (const accepted of orchestrator.accepted) codes.push(...pair(accepted));
}

function encodeAttempt(attempt: Attempt): string {
  const flags =
    Number(attempt.hasLock) |
    (Number(attempt.hasStaged) << 1) |
    (Number(attempt.isSuperseded) << 2) |
    (Number(attempt.isZombie) << 3) |
    (Number(attempt.hasPaused) << 4) |
    (Number(attempt.isFresh) << 5) |
    (Number(attempt.goesBack) << 6) |
    (attempt.owner << 7);
  const { node, plan, visit, excused, makes } = attempt;
  return String.fromCharCode(flags, node, plan, visit, excused, makes + 1);
}

function pair(value: number): [number, number] {
  return [value & 0xffff, value >>> 16];
}

/** A copy of a list with one item changed. */
export function replaced<Item>(items: readonly Item[], index: number, item: Item): Item[] {
  const copy = items.slice();
  copy[index] = item;
  return copy;
}
