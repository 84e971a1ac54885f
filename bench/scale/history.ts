/** What a rotation did, read from its own histories: passes over the nodes, sizes, and the time that was not SSH. */
import type { Client } from '@temporalio/client';
import proto, { type temporal } from '@temporalio/proto';
import type { Placement } from '../../core/operations.js';
import type { MakeRequest, PlaceRequest } from '../../core/messages.js';
import type { Fingerprint } from '../../core/repository.js';
import { valuesIn } from '../../monitoring/payloads.js';

/** The same work on some nodes, which may be done on all of them at the same time. */
export type Pass = PassOnNodes & Work;

interface PassOnNodes {
  readonly nodes: readonly string[];
  /** When the workflow asked for it, in milliseconds since 1970. */
  readonly scheduledAtMs: number;
}

type Work =
  | { readonly kind: 'read' }
  | ({ readonly kind: 'place'; readonly placement: Placement } & WorkDetails)
  | ({ readonly kind: 'make' } & WorkDetails);

interface WorkDetails {
  readonly expired: readonly Fingerprint[];
  readonly pauseMs: number;
}

export interface RotationRecord {
  readonly passes: readonly Pass[];
  /** Of the longest of the histories, if the rotation went on in a new one. */
  readonly events: number;
  readonly bytes: number;
  /** Seconds in which no activity was at work on a node. */
  readonly secondsWithoutNodes: number;
}

type Event = temporal.api.history.v1.IHistoryEvent;
type Scheduled = temporal.api.history.v1.IActivityTaskScheduledEventAttributes;

/** @param runId of the first history */
export async function recordOf(client: Client, workflowId: string, runId: string): Promise<RotationRecord> {
  const histories: Event[][] = [];
  for (let next: string | null = runId; next !== null;) {
    const { events } = await client.workflow.getHandle(workflowId, next).fetchHistory();
    histories.push(events ?? []);
    next = (events ?? []).at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? null;
  }
  const passes: Pass[] = [];
  for (const events of histories) passes.push(...(await passesOf(client, events)));
  const bytes = (events: Event[]) => proto.temporal.api.history.v1.History.encode({ events }).finish().length;
  return {
    passes,
    events: Math.max(...histories.map(({ length }) => length)),
    bytes: Math.max(...histories.map(bytes)),
    secondsWithoutNodes: secondsWithoutNodes(histories.flat()),
  };
}

/** Activities that one decision of the workflow scheduled are one pass. */
async function passesOf(client: Client, events: readonly Event[]): Promise<Pass[]> {
  const passes = new Map<string, Pass>();
  for (const event of events) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (!scheduled || !NODE_ACTIVITIES.has(scheduled.activityType?.name ?? '')) continue;
    const decision = `${String(scheduled.workflowTaskCompletedEventId)}/${scheduled.activityType!.name}`;
    const scheduledAtMs = secondsOf(event) * 1000;
    const part = { scheduledAtMs, ...(await workOf(client, scheduled)) };
    const known = passes.get(decision);
    passes.set(decision, known ? { ...known, nodes: [...known.nodes, ...part.nodes] } : part);
  }
  return [...passes.values()];
}

async function workOf(
  client: Client,
  { activityType, input }: Scheduled,
): Promise<Work & Pick<Pass, 'nodes'>> {
  const [request] = await valuesIn(client, input);
  switch (activityType!.name) {
    case 'surveyNodes':
      return { kind: 'read', nodes: (request as { nodes: string[] }).nodes };
    case 'makeKey': {
      const { node, expired, pauseMs } = request as MakeRequest;
      return { kind: 'make', nodes: [node.node], expired, pauseMs };
    }
    default: {
      const { placement, nodes, expired, pauseMs } = request as PlaceRequest;
      return { kind: 'place', placement, nodes: nodes.map(({ node }) => node), expired, pauseMs };
    }
  }
}

/** What is left of the time from the first event to the last when every activity on nodes is taken out. */
function secondsWithoutNodes(events: readonly Event[]): number {
  const startedAt = new Map<string, number>();
  const spans: { from: number; to: number }[] = [];
  const nodeEvents = new Set<string>();
  for (const event of events) {
    const { activityTaskScheduledEventAttributes: scheduled } = event;
    if (scheduled && NODE_ACTIVITIES.has(scheduled.activityType?.name ?? ''))
      nodeEvents.add(String(event.eventId));
    const started = event.activityTaskStartedEventAttributes?.scheduledEventId;
    if (started && nodeEvents.has(String(started))) startedAt.set(String(started), secondsOf(event));
    const ended = event.activityTaskCompletedEventAttributes?.scheduledEventId;
    const from = startedAt.get(String(ended));
    if (from !== undefined) spans.push({ from, to: secondsOf(event) });
  }
  const whole = secondsOf(events.at(-1)!) - secondsOf(events[0]!);
  return whole - lengthOfUnion(spans);
}

function lengthOfUnion(spans: readonly { from: number; to: number }[]): number {
  let length = 0;
  let covered = -Infinity;
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    length += Math.max(0, to - Math.max(from, covered));
    covered = Math.max(covered, to);
  }
  return length;
}

function secondsOf({ eventTime }: Event): number {
  return Number(eventTime?.seconds ?? 0) + (eventTime?.nanos ?? 0) / 1e9;
}

const NODE_ACTIVITIES = new Set(['surveyNodes', 'makeKey', 'placeOnNodes']);
