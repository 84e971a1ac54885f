import type { Server } from 'node:http';
import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { addressText, type SocketAddress } from '../core/addresses.js';
import type { Configuration } from '../configuration/load.js';
import { temporalTarget } from '../configuration/temporal.js';
import { dataConverterOf, isEncrypting } from '../payloads/data-converter.js';
import { NodeConnections } from '../nodes/connections.js';
import { startTracing } from '../tracing/tracing.js';
import { keepFailures } from './activity-failures.js';
import { logActivities } from './activity-log.js';
import { drainTimes, runUntilSignal } from './drain.js';
import { serveHealth } from './health.js';
import { createLog, type Log } from './log.js';
import { keepGauges } from './metrics.js';
import { sdkLogger } from './sdk-log.js';
import { SearchAttributes } from './search-attributes.js';
import { fleetStands, nodeStand, siteStands } from './stands.js';

export interface WorkerOptions {
  /** Where Prometheus may ask, as `host:port`; nowhere when left out. */
  readonly metrics?: string;
  /** Where `/livez` and `/readyz` are answered; nowhere when left out. */
  readonly health?: SocketAddress;
  /** The pull node that this machine is. Without it and without a site: the fleet's worker. */
  readonly node?: string;
  /** The site whose own worker this is. */
  readonly site?: string;
}

/**
 * Runs a worker until SIGINT or SIGTERM, then drains it.
 *
 * @param configuration what the file says now; activities read it again
 * @throws EnvelopeError for a worker that needs an identity and has none; Temporal's
 *   TransportError when it can't be reached
 */
export async function runWorker(
  configFile: string,
  configuration: Configuration,
  options: WorkerOptions,
): Promise<void> {
  const { fleet } = configuration;
  const { grace, connections: mostConnections } = configuration.worker;
  const log = createLog(fleet, process.stderr.isTTY === true);
  const say = (line: string) => log('info', line);
  const tracing = await startTracing('rotor-worker');
  const runtime = installRuntime(log, options.metrics);
  const { connection: connectionOptions, namespace } = temporalTarget(configuration);
  const dataConverter = dataConverterOf(configuration);
  const { node, site, metrics, health } = options;
  const connections = new NodeConnections(mostConnections, atOnceBySite(configuration));
  const atNode = node === undefined ? null : [await nodeStand(configFile, configuration, node)];
  const atSite = site === undefined ? null : await siteStands(configFile, configuration, site, connections);
  const connection = await NativeConnection.connect(connectionOptions);
  const stopping = new AbortController();
  let reading = Promise.resolve();
  let healthServer: Server | null = null;
  try {
    const client = new Client({ connection, namespace, dataConverter });
    // Of a fleet that encrypts nothing is to stand in Temporal in plain.
    const attributes = isEncrypting(configuration) ? null : new SearchAttributes(connection, namespace);
    const isSearchable = () => attributes?.areThere() ?? Promise.resolve(false);
    const stands =
      atNode ?? atSite ?? (await fleetStands(configFile, configuration, connections, client, isSearchable));
    const interceptors = {
      activity: [
        keepFailures(client, log),
        logActivities(log, configFile),
        ...(tracing ? [tracing.activities] : []),
      ],
    };
    const times = drainTimes(grace, configuration.rotation.pause);
    const workers = await Promise.all(
      stands.map((stand) =>
        Worker.create({ connection, namespace, dataConverter, ...stand, ...times, interceptors }),
      ),
    );
    if (metrics !== undefined) {
      say(`metrics at http://${metrics}/metrics`);
      reading = keepGauges(runtime.metricMeter, client, fleet, stopping.signal);
    }
    if (attributes && !atNode && !atSite) void attributes.keep(stopping.signal);
    const taskQueues = stands.map(({ taskQueue }) => taskQueue);
    if (health !== undefined) {
      healthServer = await serveHealth(health, { client, fleet, taskQueues, workers });
      say(`health at http://${addressText(health)}/readyz`);
    }
    say(`polling ${taskQueues.join(', ')}`);
    await runUntilSignal(workers, grace, say);
  } finally {
    stopping.abort();
    healthServer?.close();
    await reading;
    await connections.close();
    await connection.close();
    await tracing?.stop();
  }
}

function atOnceBySite({ sites }: Configuration): ReadonlyMap<string, number> {
  const limited = Object.entries(sites).flatMap(([name, { atOnce }]): [string, number][] =>
    atOnce === undefined ? [] : [[name, atOnce]],
  );
  return new Map(limited);
}

/** @throws Error when the address for metrics is taken or is none of this machine's */
function installRuntime(log: Log, metrics: string | undefined): Runtime {
  try {
    return Runtime.install({
      logger: sdkLogger(log),
      // Signals are ours to handle, because the second one is to mean something else than the first.
      shutdownSignals: [],
      ...(metrics !== undefined && {
        telemetryOptions: { metrics: { prometheus: { bindAddress: metrics } } },
      }),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`can't serve metrics at ${metrics}: ${reason}`, { cause: error });
  }
}
