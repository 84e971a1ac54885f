import type { Server } from 'node:http';
import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { loadConfiguration } from '../configuration/load.js';
import { temporalTarget } from '../configuration/temporal.js';
import { NodeConnections } from '../nodes/connections.js';
import { logActivities } from './activity-log.js';
import { drainTimes, runUntilSignal } from './drain.js';
import { serveHealth } from './health.js';
import { createLog, type Log } from './log.js';
import { keepGauges } from './metrics.js';
import { sdkLogger } from './sdk-log.js';
import { fleetStands, nodeStand } from './stands.js';

export interface WorkerOptions {
  /** Where Prometheus may ask, as `host:port`; nowhere when left out. */
  readonly metrics?: string;
  /** Where `/livez` and `/readyz` are answered, as `host:port`; nowhere when left out. */
  readonly health?: string;
  /** The pull node that this machine is; left out, the fleet's worker, which reaches nodes by SSH. */
  readonly node?: string;
}

/**
 * Runs a worker until SIGINT or SIGTERM, then drains it.
 *
 * @throws ConfigurationError for a file that can't be used; EnvelopeError for a pull node without an identity; Temporal's
 *   TransportError when it can't be reached
 */
export async function runWorker(configFile: string, options: WorkerOptions = {}): Promise<void> {
  const configuration = await loadConfiguration(configFile);
  const { fleet } = configuration;
  const { grace } = configuration.worker;
  const log = createLog(fleet, process.stderr.isTTY === true);
  const say = (line: string) => log('info', line);
  const runtime = installRuntime(log, options.metrics);
  const { connection: connectionOptions, namespace } = temporalTarget(configuration);
  const { node, metrics, health } = options;
  const atNode = node === undefined ? null : await nodeStand(configFile, configuration, node);
  const connection = await NativeConnection.connect(connectionOptions);
  const connections = new NodeConnections();
  const stopping = new AbortController();
  let reading = Promise.resolve();
  let healthServer: Server | null = null;
  try {
    const client = new Client({ connection, namespace });
    const stands = atNode ? [atNode] : await fleetStands(configFile, configuration, connections, client);
    const interceptors = { activity: [logActivities(log, configFile)] };
    const times = drainTimes(grace, configuration.rotation.pause);
    const workers = await Promise.all(
      stands.map((stand) => Worker.create({ connection, namespace, ...stand, ...times, interceptors })),
    );
    if (metrics !== undefined) {
      say(`metrics at http://${metrics}/metrics`);
      reading = keepGauges(runtime.metricMeter, client, fleet, stopping.signal);
    }
    const taskQueues = stands.map(({ taskQueue }) => taskQueue);
    if (health !== undefined) {
      healthServer = await serveHealth(health, { client, fleet, taskQueues, workers });
      say(`health at http://${health}/readyz`);
    }
    say(`polling ${taskQueues.join(', ')}`);
    await runUntilSignal(workers, grace, say);
  } finally {
    stopping.abort();
    healthServer?.close();
    await reading;
    await connections.close();
    await connection.close();
  }
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
