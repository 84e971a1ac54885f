import { Client, Connection } from '@temporalio/client';
import { findConfiguration, loadConfiguration, type Configuration } from '../configuration/load.js';
import { temporalTarget } from '../configuration/temporal.js';
import { pollersOf } from '../monitoring/pollers.js';
import { dataConverterOf } from '../payloads/data-converter.js';
import { taskQueueOf } from '../workflows/messages.js';
import { startTracing } from '../tracing/tracing.js';
import type { GlobalOptions } from './output.js';
import { temporalError, unreachable } from './temporal-errors.js';

/** A connected client of one fleet. */
export interface Session {
  readonly client: Client;
  readonly configuration: Configuration;
  readonly fleet: string;
  readonly taskQueue: string;
}

const CONNECT_TIMEOUT = '5s';
/** Whoever watches wants to know soon that the server is back; by itself gRPC waits for up to two minutes. */
const RECONNECT_WITHIN_MS = 3_000;

/** Temporal forgets a worker that has not polled for some minutes; one that polls does so at least every minute. */
const RECENT_POLL_MS = 90_000;

/**
 * Runs a command with a connection to Temporal and closes it afterwards.
 *
 * @throws ConfigurationError; UserError when Temporal can't be reached, or refuses
 */
export async function withSession<T>(
  options: GlobalOptions,
  command: (session: Session) => Promise<T>,
): Promise<T> {
  const configuration = await loadConfiguration(await findConfiguration(options.config));
  const target = temporalTarget(configuration);
  const { namespace } = target;
  const dataConverter = dataConverterOf(configuration);
  const connection = await Connection.connect({
    ...target.connection,
    connectTimeout: CONNECT_TIMEOUT,
    channelArgs: { 'grpc.max_reconnect_backoff_ms': RECONNECT_WITHIN_MS },
  }).catch((error: unknown) => {
    throw temporalError(error, target) ?? unreachable(target);
  });
  const tracing = await startTracing('rotor');
  try {
    const { fleet } = configuration;
    const interceptors = { workflow: tracing ? [tracing.starts] : [] };
    const client = new Client({ connection, namespace, dataConverter, interceptors });
    return await command({ client, configuration, fleet, taskQueue: taskQueueOf(fleet) });
  } catch (error) {
    throw temporalError(error, target) ?? error;
  } finally {
    await connection.close();
    await tracing?.stop();
  }
}

/** Whether a worker has polled the fleet's task queue lately. */
export async function hasWorker(session: Session): Promise<boolean> {
  return (await recentPollers(session, session.taskQueue, 'workflows')).length > 0;
}

/** Workers that have polled a task queue lately, as Temporal knows them: `PID@HOST`. */
export async function recentPollers(
  { client }: Session,
  taskQueue: string,
  work: 'workflows' | 'activities',
): Promise<string[]> {
  const since = Date.now() - RECENT_POLL_MS;
  const pollers = await pollersOf(client, taskQueue, work);
  return pollers.filter(({ polledAt }) => polledAt > since).map(({ identity }) => identity);
}
