/** The dashboard's addresses. Every answer is one of `schemas.ts`. */
import { ServiceError } from '@temporalio/client';
import { Hono, type Context } from 'hono';
import type { z } from 'zod';
import type { Watched } from '../monitoring/fleet-reading.js';
import { pageFiles } from './files.js';
import { Fresh } from './fresh.js';
import { guard, refused, userOf, type GuardOptions } from './guard.js';
import { readKeys } from './keys.js';
import { nodesCsv } from './nodes-csv.js';
import { chosenNodes } from './nodes.js';
import { openApi } from './openapi.js';
import type { OperationsReader } from './operations.js';
import { fleetQuery, nothing, operationsQuery, runId as runIdSchema } from './parameters.js';
import { readSchedule } from './schedule.js';
import type { Fleet, Keys, Operation, Operations, Overview, Phases, Schedule, Session } from './schemas.js';
import type { Streams } from './streams.js';
import type { FleetWatch } from './watch.js';
import { WRITE_PATH, declareWrites, type Writes } from './writes.js';

export interface ApiOptions extends Omit<GuardOptions, 'writePath'> {
  readonly watched: Watched;
  readonly watch: FleetWatch;
  readonly streams: Streams;
  readonly operations: OperationsReader;
  /** `rotation.every` of the configuration. */
  readonly everyMs: number;
  /** Begins and does not end with a slash; empty for the root. */
  readonly basePath: string;
  readonly version: string;
  /** Null: nothing can be changed from here. */
  readonly writes: Writes | null;
}

/** For all who ask at the same time. */
const READ_FOR_MS = 2_000;

export function createApi(options: ApiOptions): Hono {
  const { basePath, watch, version, writes, userHeader } = options;
  const root = new Hono();
  root.get('/livez', (context) => context.text('ok\n'));
  root.get('/readyz', (context) =>
    watch.isReachable ? context.text('ok\n') : context.text('Temporal does not answer\n', 503),
  );
  root.use(guard({ ...options, writePath: writes && `${basePath}${WRITE_PATH}` }));
  const app = new Hono();
  declareReads(app, options);
  const description = openApi(version, writes !== null);
  app.get('/api/openapi.json', (context) => context.json(description));
  declareEvents(app, options);
  if (writes) declareWrites(app, writes, userHeader);
  declarePage(root, basePath);
  if (basePath !== '') root.get(basePath, (context) => context.redirect(`${basePath}/`));
  root.route(basePath, app);
  root.notFound((context) => refused(context, 404, 'not-found', 'there is nothing at this address'));
  root.onError((error, context) => failed(error, context));
  return root;
}

function declareReads(
  app: Hono,
  { watched, watch, operations, everyMs, version, userHeader, writes }: ApiOptions,
): void {
  const keys = new Fresh(READ_FOR_MS, async () => readKeys(watched, (await watch.current()).fleet.keys));
  const schedule = new Fresh(READ_FOR_MS, () => readSchedule(watched, everyMs));

  app.get('/api/session', (context) => {
    read(context, nothing);
    const user = userOf(context, userHeader);
    return context.json({ version, writes: writes !== null, user } satisfies Session);
  });
  app.get('/api/overview', async (context) => {
    read(context, nothing);
    return context.json((await watch.current()).overview satisfies Overview);
  });
  app.get('/api/fleet', async (context) => context.json((await chosenFleet(context, watch)) satisfies Fleet));
  app.get('/api/fleet.csv', async (context) => {
    const csv = nodesCsv(await chosenFleet(context, watch));
    context.header('Content-Type', 'text/csv; charset=utf-8');
    context.header('Content-Disposition', 'attachment; filename="fleet.csv"');
    return context.body(csv);
  });
  app.get('/api/operations', async (context) =>
    context.json((await operations.find(read(context, operationsQuery))) satisfies Operations),
  );
  app.get('/api/operations/:runId', async (context) => {
    const operation: Operation | null = await operations.one(readRunId(context));
    return operation ? context.json(operation) : unknownRun(context);
  });
  app.get('/api/operations/:runId/phases', async (context) => {
    const phases: Phases | null = await operations.phasesOf(readRunId(context));
    return phases ? context.json(phases) : unknownRun(context);
  });
  app.get('/api/keys', async (context) => {
    read(context, nothing);
    const lives: Keys | null = await keys.get();
    if (lives) return context.json(lives);
    return refused(context, 503, 'no-worker', 'no worker answers for the fleet, or it has no history yet');
  });
  app.get('/api/schedule', async (context) => {
    read(context, nothing);
    return context.json((await schedule.get()) satisfies Schedule);
  });
}

async function chosenFleet(context: Context, watch: FleetWatch): Promise<Fleet> {
  const query = read(context, fleetQuery);
  const { fleet } = await watch.current();
  return { ...fleet, nodes: chosenNodes(fleet.nodes, query) };
}

function declareEvents(app: Hono, { streams }: ApiOptions): void {
  app.get('/api/events', (context) => {
    if (streams.isFull) return refused(context, 503, 'too-many', 'too many pages are open');
    context.header('Content-Type', 'text/event-stream; charset=utf-8');
    if (context.req.method === 'HEAD') return context.body(null);
    // What nginx calls it; others understand it too.
    context.header('X-Accel-Buffering', 'no');
    return context.body(streams.body());
  });
}

/** At the root, because an app that is mounted at a path answers at that path without its slash, where the page's own links lead astray. */
function declarePage(root: Hono, basePath: string): void {
  for (const [name, { type, content }] of pageFiles()) {
    root.get(`${basePath}/${name === 'index.html' ? '' : name}`, (context) => {
      context.header('Content-Type', type);
      return context.body(content);
    });
  }
}

/** A question that can't be answered as it stands. */
class BadQuestion extends Error {}

/** @throws BadQuestion that names each parameter that is wrong */
function read<Schema extends z.ZodType>(context: Context, schema: Schema): z.output<Schema> {
  const given = Object.entries(context.req.queries()).map(([name, values]) => {
    if (values.length > 1) throw new BadQuestion(`${name.slice(0, 50)}: given more than once`);
    return [name, values[0]] as const;
  });
  const { success, data, error } = schema.safeParse(Object.fromEntries(given));
  if (success) return data;
  const problems = error.issues.map(({ path, message }) =>
    `${path.join('.')}: ${message}`.replace(/^: /, ''),
  );
  throw new BadQuestion(problems.join('; ').slice(0, 500));
}

function readRunId(context: Context): string {
  read(context, nothing);
  const { success, data } = runIdSchema.safeParse(context.req.param('runId'));
  if (!success) throw new BadQuestion('a run ID is a UUID; /api/operations lists them');
  return data;
}

function unknownRun(context: Context): Response {
  return refused(context, 404, 'no-run', 'Temporal knows no such run of this fleet');
}

function failed(error: Error, context: Context): Response {
  if (error instanceof BadQuestion) return refused(context, 400, 'parameters', error.message);
  if (error instanceof ServiceError) return refused(context, 503, 'temporal', 'Temporal does not answer');
  process.stderr.write(`rotor dashboard: ${context.req.path}: ${error.stack ?? error.message}\n`);
  return refused(context, 500, 'internal', 'this is a fault of the dashboard; its log says more');
}
