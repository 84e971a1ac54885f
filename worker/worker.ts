import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, DefaultLogger, Worker } from '@temporalio/worker';
import { loadConfiguration } from '../configuration/load.js';
import { temporalTarget } from '../configuration/temporal.js';
import { NodeConnections } from '../nodes/connections.js';
import { fleetStands, nodeStand } from './stands.js';

/**
 * Time for work that has begun when the worker is told to stop. An activity stops between two file operations, so it
 * needs a pause and a few round trips; what is cut off is taken up by the next worker.
 */
const SHUTDOWN_GRACE = '20s';

export interface WorkerSettings {
  /** The pull node that this machine is; left out, the fleet's worker, which reaches nodes by SSH. */
  readonly node?: string;
}

/**
 * Runs a worker until SIGINT or SIGTERM, then drains it.
 *
 * @throws ConfigurationError for a file that can't be used; EnvelopeError for a pull node without an identity; Temporal's
 *   TransportError when it can't be reached
 */
export async function runWorker(configFile: string, { node }: WorkerSettings = {}): Promise<void> {
  const configuration = await loadConfiguration(configFile);
  Runtime.install({
    logger: new DefaultLogger('WARN'),
    shutdownSignals: ['SIGINT', 'SIGTERM'],
  });
  const { connection: connectionOptions, namespace } = temporalTarget(configuration);
  const connections = new NodeConnections();
  const atNode = node === undefined ? null : await nodeStand(configFile, configuration, node);
  const connection = await NativeConnection.connect(connectionOptions);
  try {
    const client = new Client({ connection, namespace });
    const stands = atNode ? [atNode] : await fleetStands(configFile, configuration, connections, client);
    const workers = await Promise.all(
      stands.map((stand) =>
        Worker.create({ connection, namespace, shutdownGraceTime: SHUTDOWN_GRACE, ...stand }),
      ),
    );
    const queues = stands.map(({ taskQueue }) => taskQueue).join(', ');
    process.stderr.write(`rotor worker for fleet ${configuration.fleet}: polling ${queues}\n`);
    await runAll(workers);
  } finally {
    await connections.close();
    await connection.close();
  }
}

/** When one ends, all end. */
async function runAll(workers: readonly Worker[]): Promise<void> {
  const runs = workers.map((worker) =>
    worker.run().finally(() => {
      for (const other of workers) if (other.getState() === 'RUNNING') other.shutdown();
    }),
  );
  await Promise.allSettled(runs);
  await Promise.all(runs);
}
