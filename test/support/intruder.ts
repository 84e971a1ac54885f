/** Somebody who may start workflows, with a worker of their own on a task queue of their own. */
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { inject } from 'vitest';
import type { Wish, anyActivity } from './any-activity.js';

const TASK_QUEUE = 'intruder';

export interface Intruder {
  /** Has an activity done, and resolves with what it says. */
  ask<T>(wish: Wish): Promise<T>;
  stop(): Promise<void>;
}

export async function startIntruder(): Promise<Intruder> {
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  const workflowsPath = fileURLToPath(new URL('./any-activity.ts', import.meta.url));
  const worker = await Worker.create({ connection, taskQueue: TASK_QUEUE, workflowsPath });
  const running = worker.run();
  const { workflow } = new Client({ connection });
  let asked = 0;
  return {
    ask: async <T>(wish: Wish) => {
      const workflowId = `intruder-${process.pid}-${asked++}`;
      const options = { workflowId, taskQueue: TASK_QUEUE, args: [wish] as [Wish] };
      return (await workflow.execute<typeof anyActivity>('anyActivity', options)) as T;
    },
    stop: async () => {
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
}
