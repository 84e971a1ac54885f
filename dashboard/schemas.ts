/**
 * The answers of the API, once: their types are inferred from these, and `openapi.ts` describes them with these. All times are ISO
 * 8601 in UTC.
 */
import { z } from 'zod';
import { PHASES } from '../core/decision.js';
import { PROBLEM_CODES } from '../core/problems.js';
import { ANSWERS } from '../core/rotation.js';

const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
const time = z.iso.datetime();
const fingerprint = z.string().describe('the first 16 hex digits of a hash of the key; never the key');

const problem = z.strictObject({ code: z.enum(PROBLEM_CODES), message: z.string() });
const nodeProblem = problem.extend({ node: z.string() });
const outcome = z.enum(['completed', 'compensated', 'aborted', 'failed', 'terminated', 'running']);
const assumed = z.enum(['hidden', 'rumoured', 'omnipresent', 'unretentive']);
const phase = z.enum(PHASES);

const step = z.strictObject({
  phase,
  reason: z.string(),
  nodes: list(z.string()),
  startedAt: time,
  endedAt: time.nullable(),
  problems: list(nodeProblem),
});

const key = z.strictObject({
  fingerprint,
  role: z.enum(['primary', 'staged', 'incoming', 'secondary', 'expired', 'revoked']),
  read: assumed,
  write: assumed,
  holders: z.int(),
  nodes: z.int(),
  madeAt: time.nullable(),
  firstSeenAt: time,
  primarySince: time.nullable(),
  neededUntil: time.nullable().describe('null while it is in use or is to be'),
});

const node = z.strictObject({
  name: z.string(),
  site: z.string(),
  reachable: z.boolean(),
  fenced: z.boolean(),
  standing: z.enum(['serving', 'joining', 'fenced']),
  keys: list(
    z.strictObject({ index: z.int(), fingerprint, state: z.enum(['staged', 'primary', 'secondary']) }),
  ),
  problems: list(problem),
  seenAt: time.nullable().describe('when it was last read, as far as this server has seen; null for never'),
});

export const fleet = z.strictObject({
  fleet: z.string(),
  version: z.string().describe('another one when anything in the answer is another'),
  look: z
    .strictObject({
      at: time,
      staleAt: time.describe('from then on nothing of it counts as known'),
      isStale: z.boolean(),
      inSync: z.boolean().nullable().describe('null when the look is too old to say'),
      by: z
        .enum(['operation', 'look', 'verify'])
        .describe('`look` is one that the timer makes between rotations'),
    })
    .nullable()
    .describe('the last look at the nodes; null when there was none, or no worker answers for it'),
  keys: list(key),
  nodes: list(node),
});

const pastOperation = z.strictObject({
  runId: z.string(),
  type: z.string().describe('rotation, reconciliation or revocation'),
  startedAt: time,
  endedAt: time.nullable(),
  seconds: z.number().nullable(),
  outcome,
  error: z
    .strictObject({ code: z.enum(PROBLEM_CODES), message: z.string(), nodes: list(z.string()) })
    .nullable(),
  reason: z.string().nullable(),
  startedBy: z.string().nullable(),
});

const operationNow = z.strictObject({
  runId: z.string(),
  type: z.string(),
  startedAt: time,
  startedBy: z.string().nullable(),
  why: z.string().nullable(),
  state: z
    .enum(['running', 'retrying', 'blocked', 'unknown'])
    .describe('unknown: no worker answers for it; blocked: it waits for a person'),
  phase: z.string(),
  reason: z.string(),
  blocking: list(nodeProblem.extend({ since: time })),
  answers: list(z.enum(ANSWERS)),
  commands: list(z.string()).describe('what can be typed now'),
  counts: z.record(z.string(), z.int()),
  steps: list(step),
  retries: list(z.strictObject({ activity: z.string(), attempt: z.int(), lastError: z.string() })),
});

const timer = z.strictObject({
  paused: z.boolean(),
  note: z.string().nullable(),
  lastRun: time.nullable(),
});

export const overview = z.strictObject({
  fleet: z.string(),
  at: time.describe('when Temporal was asked'),
  temporal: z.strictObject({ reachable: z.boolean(), since: time, message: z.string().nullable() }),
  head: z.strictObject({
    tone: z.enum(['good', 'working', 'attention', 'bad', 'unknown']),
    title: z.string(),
    sentences: list(z.string()),
    commands: list(z.string()).describe('what to type, the first one first'),
  }),
  fleetVersion: z.string().describe('that of /api/fleet'),
  look: fleet.shape.look,
  nodes: z.strictObject({ all: z.int(), differing: z.int(), unread: z.int(), fenced: z.int() }),
  lastRotated: time.nullable(),
  nextRun: time.nullable(),
  timer: timer.nullable(),
  overdue: z.strictObject({ code: z.string(), message: z.string(), since: time }).nullable(),
  last: pastOperation.nullable().describe('the operation that ended last'),
  running: operationNow.nullable(),
});

const segment = z.strictObject({
  phase,
  startedAt: time,
  endedAt: time.nullable(),
  problems: z.int().describe('how often something was in the way'),
});

export const operations = z.strictObject({
  fleet: z.string(),
  all: z.int().describe('how many operations Temporal remembers'),
  found: z.int().describe('how many that have ended match'),
  offset: z.int(),
  running: list(pastOperation).describe('always, whatever is looked for'),
  operations: list(pastOperation),
});

export const phases = z.strictObject({ runId: z.string(), phases: list(segment) });

const attempt = z.strictObject({
  at: time,
  phase,
  node: z.string(),
  code: z.string(),
  message: z.string(),
});
const places = z.strictObject({ primary: z.int(), staged: z.int(), secondary: z.int() });

export const operation = pastOperation.extend({
  fleet: z.string(),
  phases: list(segment),
  steps: list(step),
  troubles: list(
    z.strictObject({
      node: z.string(),
      code: z.string(),
      message: z.string(),
      times: z.int(),
      firstAt: time,
      lastAt: time,
    }),
  ),
  attempts: list(attempt).describe('every time that something was in the way; the last thousand'),
  keys: list(z.strictObject({ fingerprint, before: places, after: places })),
  said: list(z.strictObject({ at: time, what: z.string() })),
  explanation: z.strictObject({ sentences: list(z.string()), next: list(z.string()) }),
});

export const keys = z.strictObject({
  fleet: z.string(),
  at: time,
  keys: list(
    z.strictObject({
      fingerprint,
      role: z.enum(['primary', 'staged', 'incoming', 'secondary', 'expired', 'revoked', 'pruned']),
      firstSeenAt: time,
      madeAt: time.nullable(),
      stagedAt: time.nullable(),
      promotedAt: time.nullable(),
      demotedAt: time.nullable(),
      prunedAt: time.nullable(),
      neededUntil: time.nullable(),
    }),
  ),
  nextRuns: list(time),
});

export const schedule = z.strictObject({
  fleet: z.string(),
  timer: timer.extend({ createdAt: time, jitterSeconds: z.number(), nextRuns: list(time) }).nullable(),
  lastRotated: time.nullable(),
  overdue: overview.shape.overdue,
  findings: list(
    z.strictObject({ code: z.string(), severity: z.string(), message: z.string(), remedy: z.string() }),
  ),
});

const MOST_REASON_CHARACTERS = 500;

export const word = z.discriminatedUnion('say', [
  z.strictObject({ say: z.enum(['retry', 'pause', 'resume', 'abort']) }),
  z.strictObject({
    say: z.literal('rotate'),
    reason: z.string().trim().min(1).max(MOST_REASON_CHARACTERS),
  }),
]);

export const said = z.strictObject({
  say: z.string(),
  message: z.string().describe('what comes of it'),
  runId: z.string().nullable().describe('of what was started'),
});

export const session = z.strictObject({
  version: z.string(),
  writes: z.boolean().describe('whether /api/say is served'),
  user: z.string().nullable().describe('whom the reverse proxy has signed in; null without one'),
});

export const failure = z.strictObject({ error: z.strictObject({ code: z.string(), message: z.string() }) });

export type Fleet = z.infer<typeof fleet>;
export type FleetNode = Fleet['nodes'][number];
export type FleetKey = Fleet['keys'][number];
export type Overview = z.infer<typeof overview>;
export type OperationNow = NonNullable<Overview['running']>;
export type PastOperation = z.infer<typeof pastOperation>;
export type Operations = z.infer<typeof operations>;
export type Operation = z.infer<typeof operation>;
export type Segment = z.infer<typeof segment>;
export type Phases = z.infer<typeof phases>;
export type Keys = z.infer<typeof keys>;
export type KeyLife = Keys['keys'][number];
export type Schedule = z.infer<typeof schedule>;
export type Word = z.infer<typeof word>;
export type Said = z.infer<typeof said>;
export type Session = z.infer<typeof session>;
export type Failure = z.infer<typeof failure>;
