/** One run of each: a rotation by rotor, and its floor. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { OperationResult } from '../../core/rotation.js';
import { projectRoot } from '../../lab/tools.js';
import { startWorker } from '../../lab/worker.js';
import { dataConverterOf } from '../../payloads/data-converter.js';
import { WORKFLOW, labelsOf, listingId, rotationId, taskQueueOf } from '../../workflows/messages.js';
import { writeConfiguration } from './configuration.js';
import type { Farm } from './farm.js';
import type { FloorJob, FloorResult } from './floor.js';
import { recordOf, type RotationRecord } from './history.js';
import { usageOf, type ProcessUsage } from '../process-usage.js';
import { environmentOfUnit } from '../unit-environment.js';

export interface Settings {
  readonly farm: Farm;
  readonly directory: string;
  readonly temporalAddress: string;
  readonly pauseMs: number;
  /** SSH connections at the same time. */
  readonly connections: number;
}

export interface RotorRun extends RotationRecord {
  readonly seconds: number;
  readonly worker: ProcessUsage;
}

export interface FloorRun extends FloorResult {
  readonly client: ProcessUsage;
}

/**
 * One rotation by a worker of its own, as its unit runs it; from the client's request to its answer. It was asked for the inventory
 * before, which visits no node: whoever waits for a schedule has loaded what workflows run in long ago.
 */
export async function runRotor(settings: Settings, fleet: string): Promise<RotorRun> {
  settings.farm.reset();
  const config = writeConfiguration(settings, fleet);
  const log = join(settings.directory, 'worker.log');
  const worker = await startWorker(config, log, { env: environmentOfUnit() });
  const connection = await Connection.connect({ address: settings.temporalAddress });
  try {
    const client = new Client({ connection, dataConverter: dataConverterOf({ fleet, temporal: {} }) });
    const taskQueue = taskQueueOf(fleet);
    await client.workflow.execute(WORKFLOW.listing, {
      workflowId: listingId(fleet, 'before'),
      taskQueue,
      args: [{ fleet }],
    });
    const why = { reason: 'benchmark', startedBy: 'bench:scale' };
    const startedAt = performance.now();
    const handle = await client.workflow.start(WORKFLOW.rotation, {
      workflowId: rotationId(fleet),
      taskQueue,
      args: [{ fleet, ...why }],
      ...labelsOf(why),
    });
    const { outcome, error } = (await handle.result()) as OperationResult;
    const seconds = (performance.now() - startedAt) / 1000;
    if (outcome !== 'completed') throw new Error(`a rotation ended as ${outcome}: ${error?.message}`);
    const record = await recordOf(client, handle.workflowId, handle.firstExecutionRunId);
    return { seconds, worker: usageOf(worker.pid), ...record };
  } finally {
    await worker.stop();
    await connection.close();
  }
}

const FLOOR = join(projectRoot, 'dist/bench/scale/floor.js');

/** The same passes with plain ssh2. */
export async function runFloor(
  { farm, connections }: Settings,
  passes: FloorJob['passes'],
  handshakes: number,
): Promise<FloorRun> {
  farm.reset();
  const { nodes, user, identityFile, keys } = farm;
  const child = fork(FLOOR, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const job: FloorJob = { nodes, user, identityFile, passes, knownKeys: keys, handshakes, connections };
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the floor ended with ${code}`)));
    child.once('error', reject);
    child.once('message', (result: FloorResult) => {
      resolve({ ...result, client: usageOf(child.pid!) });
      child.kill();
    });
    child.send(job);
  });
}
