/** One reading of Temporal for all who look: how many pages are open makes no difference to it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { noWorkerHint, type Watched } from '../monitoring/fleet-reading.js';
import { pastOperations } from '../monitoring/past-operations.js';
import { StatusReader, type Status } from '../monitoring/status.js';
import { taskQueueOf } from '../workflows/messages.js';
import { commandsFor, headOf } from './head.js';
import { LastSeen } from './last-seen.js';
import { isDiffering } from './nodes.js';
import { answerOf, type OperationsReader } from './operations.js';
import type { Fleet, OperationNow, Overview } from './schemas.js';

/** While an operation runs, while none does, and while nobody looks. */
const RUNNING_MS = 1_000;
const IDLE_MS = 3_000;
const UNWATCHED_MS = 30_000;
/** A reading that takes long, of many nodes or of a busy server, is made less often. */
const MOST_OF_TIME = 2;
const ANSWER_WITHIN_MS = 12_000;
const PRESENT_WITHIN_MS = 3_000;
/** What is older is read again for who asks. */
const CURRENT_MS = 2_000;
const FIRST_WITHIN_MS = 15_000;

export interface Snapshot {
  readonly overview: Overview;
  readonly fleet: Fleet;
}

export class FleetWatch {
  private readonly reader: StatusReader;
  private readonly lastSeen: LastSeen;
  private readonly listeners = new Set<(snapshot: Snapshot) => void>();
  private snapshot: Snapshot | null = null;
  private temporal: Overview['temporal'];
  private status: Status | null = null;
  private last: { readonly as: string; readonly operation: Overview['last'] } = { as: '', operation: null };
  private reading: Promise<void> | null = null;
  private readAt = 0;
  private wake: () => void = () => {};

  constructor(
    private readonly watched: Watched,
    private readonly operations: OperationsReader,
    staleAfterMs: number,
  ) {
    this.reader = new StatusReader(watched);
    this.lastSeen = new LastSeen(watched, staleAfterMs);
    this.temporal = { reachable: true, since: new Date().toISOString(), message: null };
  }

  /** Reads again and again until it is told to stop. */
  async run(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      const startedAt = Date.now();
      await this.read();
      const took = Date.now() - startedAt;
      const woken = new Promise<void>((resolve) => (this.wake = resolve));
      const pause = Math.max(this.pauseMs(), took * MOST_OF_TIME);
      await Promise.race([woken, sleep(pause, null, { signal: stopping }).catch(() => {})]);
    }
  }

  /** The last reading, when it is young enough, or a new one. */
  async current(): Promise<Snapshot> {
    if (Date.now() - this.readAt > CURRENT_MS)
      await Promise.race([this.read(), sleep(FIRST_WITHIN_MS, null, { ref: false })]);
    return this.snapshot ?? this.snapshotNow();
  }

  /** The last reading, however old; null before the first. */
  get latest(): Snapshot | null {
    return this.snapshot;
  }

  /** Whether Temporal answered when it was asked last. */
  get isReachable(): boolean {
    return this.temporal.reachable && this.readAt > 0;
  }

  /** @returns what ends it */
  listen(listener: (snapshot: Snapshot) => void): () => void {
    this.listeners.add(listener);
    this.wake();
    return () => this.listeners.delete(listener);
  }

  private pauseMs(): number {
    if (this.listeners.size === 0) return UNWATCHED_MS;
    return this.snapshot?.overview.running || !this.temporal.reachable ? RUNNING_MS : IDLE_MS;
  }

  private read(): Promise<void> {
    this.reading ??= this.readOnce().finally(() => (this.reading = null));
    return this.reading;
  }

  private async readOnce(): Promise<void> {
    try {
      // Asked alone first: a server that is away is told from a worker that is.
      await inTime(this.watched, PRESENT_WITHIN_MS, () =>
        this.watched.client.workflowService.getSystemInfo({}),
      );
      this.status = await inTime(this.watched, ANSWER_WITHIN_MS, async () => {
        const status = await this.reader.read();
        await this.lastSeen.update(status);
        await this.readLast(status);
        return status;
      });
      this.reached(true, null);
    } catch (error) {
      this.reached(false, firstLine(error));
    }
    this.readAt = Date.now();
    this.snapshot = this.snapshotNow();
    for (const listener of this.listeners) listener(this.snapshot);
  }

  private reached(reachable: boolean, message: string | null): void {
    const since = this.temporal.reachable === reachable ? this.temporal.since : new Date().toISOString();
    this.temporal = { reachable, since, message };
  }

  /** The operation that ended last changes only when another one is the last, or has ended. */
  private async readLast({ runId, operation }: Status): Promise<void> {
    const as = `${runId} ${operation?.endedAt}`;
    if (this.last.as === as) return;
    const ended = (await pastOperations(this.watched, 2)).find(({ endedAt }) => endedAt !== null);
    this.last = { as, operation: ended ? answerOf(ended) : null };
    // It is the one that will be asked for, and may have waited for days.
    if (ended) this.operations.phasesOf(ended.runId).catch(() => {});
  }

  private snapshotNow(): Snapshot {
    const now = Date.now();
    const fleet = this.lastSeen.fleet(now);
    const { status, temporal } = this;
    const running = status && runningOf(status);
    const timing = {
      lastRotated: status?.lastRotated ?? null,
      nextRun: status?.nextRun ?? null,
      timer: status?.timer ?? null,
      overdue: status?.overdue ?? null,
      last: this.last.operation,
      running,
    };
    const noWorker = noWorkerHint(taskQueueOf(this.watched.fleet));
    return {
      fleet,
      overview: {
        fleet: this.watched.fleet,
        at: new Date(this.readAt || now).toISOString(),
        temporal,
        head: headOf({ ...timing, temporal, fleet, noWorker }, now),
        fleetVersion: fleet.version,
        look: fleet.look,
        nodes: {
          all: fleet.nodes.length,
          differing: fleet.nodes.filter(isDiffering).length,
          unread: fleet.nodes.filter(({ reachable }) => !reachable).length,
          fenced: fleet.nodes.filter(({ fenced }) => fenced).length,
        },
        ...timing,
      },
    };
  }
}

function runningOf(status: Status): OperationNow | null {
  const { operation, runId, phase, outcome, blocking, answers, reason, steps, counts, pending } = status;
  if (!operation || operation.endedAt !== null) return null;
  const retries = pending.flatMap(({ activity, attempt, lastError }) =>
    lastError === null ? [] : [{ activity, attempt, lastError }],
  );
  const isTrying = retries.length > 0 || blocking.length > 0;
  const state =
    phase === 'unknown' ? 'unknown' : outcome === 'blocked' ? 'blocked' : isTrying ? 'retrying' : 'running';
  return {
    runId: runId!,
    type: operation.type,
    startedAt: operation.startedAt,
    startedBy: operation.startedBy ?? null,
    why: operation.reason ?? null,
    ...{ state, phase, reason, blocking, answers, steps, counts, retries },
    commands: commandsFor(state, answers, blocking),
  };
}

/** With Temporal away the SDK tries for longer than anybody wants to wait who looks at a page. */
function inTime<T>({ client }: Watched, ms: number, ask: () => Promise<T>): Promise<T> {
  const asked = client.withDeadline(Date.now() + ms, ask);
  const late = sleep(ms, null, { ref: false }).then((): never => {
    throw new Error('it gave no answer in time');
  });
  asked.catch(() => {});
  return Promise.race([asked, late]);
}

function firstLine(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return String(cause instanceof Error ? cause.message : cause).split('\n')[0]!;
}
