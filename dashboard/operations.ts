/** Past operations and the one that runs, as Temporal lists them; what has ended is asked for once. */
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { explain } from '../monitoring/explanation.js';
import type { Watched } from '../monitoring/fleet-reading.js';
import * as past from '../monitoring/past-operations.js';
import { runHistory, type RunHistory } from '../monitoring/run-history.js';
import { Fresh, Kept } from './fresh.js';
import type { OperationsQuery } from './parameters.js';
import { segmentsOf } from './phases.js';
import type { Operation, Operations, PastOperation, Phases, Segment } from './schemas.js';

/** Far more than a retention of years holds, and few enough to be held in memory. */
const MOST_LISTED = 10_000;
/** Temporal's own listing is some hundred milliseconds behind. */
const LISTING_FOR_MS = 1_000;
/** A history of 20,000 events takes some megabytes. */
const MOST_HISTORIES = 20;
const MOST_PHASES = 2_000;
/** Of an operation that runs. */
const HISTORY_FOR_MS = 3_000;

export class OperationsReader {
  private ended = new Map<string, PastOperation>();
  private readonly listing = new Fresh(LISTING_FOR_MS, () => this.list());
  private readonly histories = new Kept<Fresh<RunHistory>>(MOST_HISTORIES);
  private readonly phases = new Kept<readonly Segment[]>(MOST_PHASES);

  constructor(private readonly watched: Watched) {}

  async find(query: OperationsQuery): Promise<Operations> {
    const all = await this.listing.get();
    const isRunning = ({ outcome }: PastOperation) => outcome === 'running';
    const found = all.filter((operation) => !isRunning(operation) && matches(operation, query));
    const { offset, limit } = query;
    return {
      fleet: this.watched.fleet,
      all: all.length,
      found: found.length,
      offset,
      running: all.filter(isRunning),
      operations: found.slice(offset, offset + limit),
    };
  }

  /** Null when Temporal knows no such run. */
  async one(runId: string): Promise<Operation | null> {
    const operation = (await this.listing.get()).find((each) => each.runId === runId);
    if (!operation) return null;
    const history = await this.historyOf(operation);
    return {
      fleet: this.watched.fleet,
      ...operation,
      phases: segmentsOf(history),
      ...history,
      explanation: explain(operation, history.steps),
    };
  }

  async phasesOf(runId: string): Promise<Phases | null> {
    const known = this.phases.get(runId);
    if (known) return { runId, phases: known };
    const operation = (await this.listing.get()).find((each) => each.runId === runId);
    if (!operation) return null;
    const phases = segmentsOf(await this.historyOf(operation));
    if (operation.endedAt !== null) this.phases.set(runId, phases);
    return { runId, phases };
  }

  private historyOf({ runId, endedAt }: PastOperation): Promise<RunHistory> {
    const name = `${runId} ${endedAt === null ? 'running' : 'ended'}`;
    const kept = this.histories.get(name);
    if (kept) return kept.get();
    const forMs = endedAt === null ? HISTORY_FOR_MS : Infinity;
    const fresh = new Fresh(forMs, () => runHistory(this.watched, runId));
    this.histories.set(name, fresh);
    return fresh.get();
  }

  /** The latest first. */
  private async list(): Promise<PastOperation[]> {
    const operations = await past.readRuns(this.watched, MOST_LISTED, (run) => this.read(run));
    // What Temporal has forgotten is forgotten here too.
    this.ended = new Map(
      operations.filter(({ endedAt }) => endedAt !== null).map((each) => [each.runId, each]),
    );
    return operations.sort((a, b) => b.startedAt.localeCompare(a.startedAt));
  }

  private async read(run: WorkflowExecutionInfo): Promise<PastOperation> {
    return this.ended.get(run.runId) ?? answerOf(await past.withEnd(this.watched, run));
  }
}

export function answerOf(operation: past.PastOperation): PastOperation {
  const { runId, type, startedAt, endedAt, seconds, outcome, error, reason, startedBy } = operation;
  return {
    ...{ runId, type, startedAt, endedAt, seconds, outcome, error },
    reason: reason ?? null,
    startedBy: startedBy ?? null,
  };
}

function matches(operation: PastOperation, { search, outcome, type, from, to }: OperationsQuery): boolean {
  const { startedAt } = operation;
  return (
    (outcome === undefined || operation.outcome === outcome) &&
    (type === undefined || operation.type === type) &&
    (from === undefined || startedAt.slice(0, 10) >= from) &&
    (to === undefined || startedAt.slice(0, 10) <= to) &&
    (search === undefined || textOf(operation).includes(search.toLowerCase()))
  );
}

function textOf({ runId, type, outcome, reason, startedBy, startedAt, error }: PastOperation): string {
  const words = [
    runId,
    type,
    outcome,
    reason,
    startedBy,
    startedAt,
    error?.code,
    error?.message,
    ...(error?.nodes ?? []),
  ];
  return words.join(' ').toLowerCase();
}
