import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, DefaultLogger, Worker } from '@temporalio/worker';
import { createActivities } from '../activities/index.js';
import { loadConfiguration } from '../configuration/load.js';
import { temporalTarget } from '../configuration/temporal.js';
import { NodeConnections } from '../nodes/connections.js';
import { taskQueueOf } from '../workflows/messages.js';
import { workflowSource } from './bundle.js';

/**
 * Time for work that has begun when the worker is told to stop. An activity stops between two file operations, so it
 * needs a pause and a few round trips; what is cut off is taken up by the next worker.
 */
const SHUTDOWN_GRACE = '20s';

/**
 * Runs the fleet's worker until SIGINT or SIGTERM, then drains it.
 *
 * @throws ConfigurationError for a file that can't be used; Temporal's TransportError when it can't be reached
 */
export async function runWorker(configFile: string): Promise<void> {
  const configuration = await loadConfiguration(configFile);
  const { fleet } = configuration;
  Runtime.install({
    logger: new DefaultLogger('WARN'),
    shutdownSignals: ['SIGINT', 'SIGTERM'],
  });
  const { connection: connectionOptions, namespace } = temporalTarget(configuration);
  const connection = await NativeConnection.connect(connectionOptions);
  const connections = new NodeConnections();
  try {
    const client = new Client({ connection, namespace });
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: taskQueueOf(fleet),
      ...workflowSource(),
      activities: createActivities({ configFile, connections, client }),
      shutdownGraceTime: SHUTDOWN_GRACE,
    });
    process.stderr.write(`rotor worker for fleet ${fleet}: polling ${taskQueueOf(fleet)}\n`);
    await worker.run();
  } finally {
    await connections.close();
    await connection.close();
  }
}
