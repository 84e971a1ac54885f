/** A worker in the test's own process, for what `rotor worker` has no option for. */
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { inject } from 'vitest';
import { createActivities } from '../../activities/index.js';
import { projectRoot } from '../../lab/tools.js';
import { NodeConnections } from '../../nodes/connections.js';
import { fleetPost } from '../../worker/stands.js';
import { taskQueueOf } from '../../workflows/messages.js';

export const PRESENT_VERSION = { codePath: join(projectRoot, 'dist/workflow-bundle.js') };

export interface InProcessWorker {
  stop(): Promise<void>;
}

export async function startInProcessWorker(
  fleet: string,
  configFile: string,
  options: Pick<WorkerOptions, 'workflowBundle' | 'maxCachedWorkflows'>,
): Promise<InProcessWorker> {
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  const connections = new NodeConnections(10);
  const worker = await Worker.create({
    connection,
    taskQueue: taskQueueOf(fleet),
    activities: createActivities(fleetPost(configFile, connections, null), new Client({ connection }), () =>
      Promise.resolve(false),
    ),
    ...options,
  });
  const running = worker.run();
  return {
    stop: async () => {
      worker.shutdown();
      await running;
      await connections.close();
      await connection.close();
    },
  };
}
