/** What one operation did, read from its history in Temporal: no worker is needed, and none of the code that ran. */
import proto, { type temporal } from '@temporalio/proto';
import { isKept, type FailedAttempt } from '../core/attempts.js';
import type { MakeOutcome, NodeOutcome, NodeReading, StepName } from '../core/messages.js';
import type { NodeProblem, Phase } from '../core/decision.js';
import { problemCodeOf } from '../core/problems.js';
import { holds, primaryOf, stagedOf, type Fingerprint, type Repository } from '../core/repository.js';
import type { StepRecord } from '../core/rotation.js';
import { attemptFailedSignal } from '../workflows/messages.js';
import type { Watched } from './fleet-reading.js';
import { pagesOf } from './history-pages.js';
import { plainValuesIn } from './payloads.js';

type Event = temporal.api.history.v1.IHistoryEvent;
type Payloads = temporal.api.common.v1.IPayloads | null | undefined;
type Timestamp = Event['eventTime'];

/** The same trouble, as often as it was met. */
export interface Trouble {
  readonly node: string;
  readonly code: string;
  readonly message: string;
  readonly times: number;
  readonly firstAt: string;
  readonly lastAt: string;
}

/** One time that something was in the way. */
export interface Attempt {
  readonly at: string;
  /** `survey` for a look at the nodes. */
  readonly phase: Phase;
  readonly node: string;
  readonly code: string;
  readonly message: string;
}

/** How many nodes have a key in each place. */
export interface KeyPlaces {
  readonly primary: number;
  readonly staged: number;
  readonly secondary: number;
}

/** What an operation found, and what the last look saw, over all nodes that could be read. */
export interface KeyChange {
  readonly fingerprint: Fingerprint;
  readonly before: KeyPlaces;
  readonly after: KeyPlaces;
}

/** What an operator said to it. */
export interface Said {
  readonly at: string;
  readonly what: string;
}

export interface RunHistory {
  readonly steps: readonly StepRecord[];
  readonly troubles: readonly Trouble[];
  /** Every one of them in its order; the last {@link MOST_ATTEMPTS}. */
  readonly attempts: readonly Attempt[];
  readonly keys: readonly KeyChange[];
  readonly said: readonly Said[];
}

/** Every run that the operation was continued in counts. */
export async function runHistory(watched: Watched, runId: string): Promise<RunHistory> {
  const reader = new HistoryReader();
  for await (const events of pagesOf(watched, runId)) for (const event of events) reader.read(event);
  return reader.found();
}

/** An operation may wait for days; more than anybody reads. */
const MOST_ATTEMPTS = 1_000;

/** Of an attempt whose worker could not say how it failed. */
const SILENT = 'its worker ended, or lost Temporal';
const { TIMEOUT_TYPE_HEARTBEAT } = proto.temporal.api.enums.v1.TimeoutType;

/** One activity: a batch of a step's nodes, or a look. */
interface Activity {
  readonly type: string;
  readonly step: Step | null;
  /** How many of its attempts are known to have failed. */
  failed: number;
}

interface Step extends Omit<StepRecord, 'endedAt' | 'problems' | 'nodes'> {
  readonly nodes: string[];
  readonly problems: NodeProblem[];
  /** Activities of one workflow task are one step. */
  readonly task: string;
  endedAt: string | null;
}

class HistoryReader {
  private readonly steps: Step[] = [];
  private readonly troubles = new Map<string, Trouble>();
  private readonly attempts: Attempt[] = [];
  private readonly said: Said[] = [];
  private readonly firstSeen = new Map<string, Repository>();
  private readonly lastSeen = new Map<string, Repository>();
  /** Of the run that is read: by the event that scheduled them, and by their IDs. */
  private activities = new Map<string, Activity>();
  private byId = new Map<string, Activity>();

  read(event: Event): void {
    const at = isoOf(event.eventTime);
    if (event.workflowExecutionStartedEventAttributes) {
      this.activities = new Map();
      this.byId = new Map();
    }
    if (event.activityTaskScheduledEventAttributes) this.scheduled(event, at);
    this.attemptFailed(event, at);
    this.started(event, at);
    this.ended(event, at);
    const said = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
    if (said) this.said.push({ at, what: wordsOf(valuesIn<Word>(said.args)[0]) });
  }

  found(): RunHistory {
    const steps = this.steps.map(({ phase, reason, nodes, startedAt, endedAt, problems }) => ({
      phase,
      reason,
      nodes,
      startedAt,
      endedAt,
      problems,
    }));
    return {
      steps,
      troubles: [...this.troubles.values()],
      attempts: this.attempts.slice(-MOST_ATTEMPTS),
      keys: changesBetween([...this.firstSeen.values()], [...this.lastSeen.values()]),
      said: this.said,
    };
  }

  private scheduled(event: Event, at: string): void {
    const { activityType, activityId, input, workflowTaskCompletedEventId } =
      event.activityTaskScheduledEventAttributes!;
    const type = activityType?.name ?? '';
    const request = valuesIn<Request>(input)[0];
    const step = request?.step ? this.stepOf(request.step, String(workflowTaskCompletedEventId), at) : null;
    step?.nodes.push(...namesIn(request!));
    const activity: Activity = { type, step, failed: 0 };
    this.activities.set(String(event.eventId), activity);
    this.byId.set(activityId ?? '', activity);
  }

  private stepOf({ phase, reason }: StepName, task: string, startedAt: string): Step {
    const last = this.steps.at(-1);
    if (last?.task === task && last.reason === reason) return last;
    const step: Step = { phase, reason, nodes: [], startedAt, endedAt: null, problems: [], task };
    this.steps.push(step);
    return step;
  }

  private attemptFailed({ workflowExecutionSignaledEventAttributes: signal }: Event, at: string): void {
    if (signal?.signalName !== attemptFailedSignal.name) return;
    const [{ activityId, attempt, message }] = valuesIn<FailedAttempt>(signal.input) as [FailedAttempt];
    const activity = this.byId.get(activityId);
    if (activity && attempt > activity.failed) this.noteFailed(activity, attempt, message, at);
  }

  /** Temporal writes this when an activity has ended: with its last attempt, and what the one before failed with. */
  private started({ activityTaskStartedEventAttributes: attributes }: Event, at: string): void {
    const activity = this.activities.get(String(attributes?.scheduledEventId));
    if (!activity || !attributes?.lastFailure) return;
    const last = attributes.attempt! - 1;
    if (last > activity.failed) this.noteFailed(activity, last, messageOf(attributes.lastFailure), at);
  }

  /** Of attempts before it nothing was said, where their workers ended. */
  private noteFailed(activity: Activity, attempt: number, message: string, at: string): void {
    const note = (what: string) =>
      this.note(
        { node: '', code: 'attempt-failed', message: `${activity.type}: ${what}` },
        at,
        activity.step,
      );
    for (let silent = activity.failed + 1; silent < attempt; silent++) if (isKept(silent)) note(SILENT);
    note(message);
    activity.failed = attempt;
  }

  private ended(event: Event, at: string): void {
    const ending =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes ??
      event.activityTaskCanceledEventAttributes;
    if (!ending) return;
    const activity = this.activities.get(String(ending.scheduledEventId));
    if (!activity) return;
    if (activity.step) activity.step.endedAt = at;
    const { result } = event.activityTaskCompletedEventAttributes ?? {};
    const problems = result ? problemsIn(activity.type, valuesIn<unknown>(result)[0]) : failureOf(event);
    activity.step?.problems.push(...problems);
    for (const problem of problems) this.note(problem, at, activity.step);
    if (result && activity.type === 'surveyNodes') this.saw(valuesIn<NodeReading[]>(result)[0]!);
  }

  private saw(readings: readonly NodeReading[]): void {
    for (const { node, reachable, repository } of readings) {
      if (!reachable) continue;
      if (!this.firstSeen.has(node)) this.firstSeen.set(node, repository);
      this.lastSeen.set(node, repository);
    }
  }

  private note(
    { node, code, message }: Pick<Trouble, 'node' | 'code' | 'message'>,
    at: string,
    step: Step | null,
  ): void {
    this.attempts.push({ at, phase: step?.phase ?? 'survey', node, code, message });
    const key = [node, code, message].join('\n');
    const { times, firstAt } = this.troubles.get(key) ?? { times: 0, firstAt: at };
    this.troubles.set(key, { node, code, message, times: times + 1, firstAt, lastAt: at });
  }
}

/** What the activities that visit nodes are asked, as far as it is of interest here. */
interface Request {
  readonly step?: StepName | null;
  readonly node?: { readonly node: string };
  readonly nodes?: readonly { readonly node: string }[];
}

function namesIn({ node, nodes }: Request): string[] {
  return [...(node ? [node] : []), ...(nodes ?? [])].map((each) => each.node);
}

/** A node's own trouble is an activity's result, not its failure. */
function problemsIn(activityType: string, result: unknown): NodeProblem[] {
  switch (activityType) {
    case 'surveyNodes':
      return (result as NodeReading[]).flatMap(({ node, problems }) =>
        problems.map((problem) => ({ node, ...problem })),
      );
    case 'placeOnNodes':
    case 'probeNodes':
      return (result as NodeOutcome[]).flatMap(({ problem }) => (problem ? [problem] : []));
    case 'makeKey': {
      const { problem } = result as MakeOutcome;
      return problem ? [problem] : [];
    }
    default:
      return [];
  }
}

function changesBetween(before: readonly Repository[], after: readonly Repository[]): KeyChange[] {
  const fingerprints = new Set([...before, ...after].flatMap((repository) => Object.values(repository)));
  return [...fingerprints].map((fingerprint) => ({
    fingerprint,
    before: placesOf(fingerprint, before),
    after: placesOf(fingerprint, after),
  }));
}

function placesOf(fingerprint: Fingerprint, repositories: readonly Repository[]): KeyPlaces {
  const places = { primary: 0, staged: 0, secondary: 0 };
  for (const repository of repositories) {
    if (primaryOf(repository) === fingerprint) places.primary++;
    else if (stagedOf(repository) === fingerprint) places.staged++;
    else if (holds(repository, fingerprint)) places.secondary++;
  }
  return places;
}

function failureOf(event: Event): NodeProblem[] {
  const { failure } =
    event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes ?? {};
  if (!failure) return [];
  return [
    { node: '', code: problemCodeOf(failure.applicationFailureInfo?.type), message: messageOf(failure) },
  ];
}

function messageOf({ message, cause, timeoutFailureInfo }: temporal.api.failure.v1.IFailure): string {
  if (timeoutFailureInfo?.timeoutType === TIMEOUT_TYPE_HEARTBEAT) return SILENT;
  return [message, cause?.message].filter(Boolean).join(': ') || 'no reason was given';
}

/** The updates of `workflows/messages.ts`. */
interface Word {
  readonly answer?: string;
  readonly order?: { readonly kind: string; readonly node?: string; readonly nodes?: readonly string[] };
}

function wordsOf(word: Word | undefined): string {
  const { answer, order } = word ?? {};
  if (answer !== undefined) return answer;
  return [order?.kind, order?.node, order?.nodes?.join(' ')].filter(Boolean).join(' ');
}

function valuesIn<T>(payloads: Payloads): T[] {
  return plainValuesIn<T>(payloads?.payloads);
}

function isoOf(time: Timestamp): string {
  return new Date(Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6).toISOString();
}
