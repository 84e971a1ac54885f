/** A worker in this process for the scripted operations of `workflows.ts`. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { dataConverterOf } from '../../payloads/data-converter.js';
import { taskQueueOf } from '../../workflows/messages.js';
import type { ScriptedActivity } from './steps.js';

export interface SeedingWorker {
  stop(): Promise<void>;
}

const answer = (_request: unknown, result: unknown): Promise<unknown> => Promise.resolve(result);

const ACTIVITIES = {
  surveyNodes: answer,
  placeOnNodes: answer,
  probeNodes: answer,
  makeKey: answer,
} satisfies Record<ScriptedActivity['activity'], typeof answer>;

export async function startSeedingWorker(address: string, fleet: string): Promise<SeedingWorker> {
  const connection = await NativeConnection.connect({ address });
  const [compiled, source] = ['./workflows.js', './workflows.ts'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const worker = await Worker.create({
    connection,
    dataConverter: dataConverterOf({ fleet, temporal: {} }),
    taskQueue: taskQueueOf(fleet),
    workflowsPath: existsSync(compiled!) ? compiled! : source!,
    activities: ACTIVITIES,
    maxConcurrentActivityTaskExecutions: 200,
  });
  const running = worker.run();
  return {
    stop: async () => {
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
}
