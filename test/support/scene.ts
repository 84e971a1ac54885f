import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { expect, inject } from 'vitest';
import { startFleet, type Fleet, type FleetOptions } from '../../lab/fleet.js';
import { answers } from '../../lab/leaks/places.js';
import { KeyCollector } from '../../lab/leaks/collector.js';
import { searchEverywhere } from '../../lab/leaks/everywhere.js';
import { startTraffic, type Traffic } from '../../lab/traffic.js';
import { runRotor, startWorker, type RotorResult, type WorkerProcess } from '../../lab/worker.js';

export interface Scene {
  readonly directory: string;
  readonly fleet: Fleet;
  /** Of the shared Temporal server. */
  readonly client: Client;
  /** Of servers that are up when the scene stops: their answers are searched as well. */
  readonly urls: string[];
  /** The worker that runs now. */
  worker(): WorkerProcess;
  restartWorker(nodeOptions?: readonly string[]): Promise<void>;
  /** Runs `rotor …` with this fleet's configuration. */
  rotor(...args: string[]): Promise<RotorResult>;
  /** The same with `--json`, parsed. */
  rotorJson<T>(...args: string[]): Promise<{ code: number; json: T }>;
  startTraffic(): Traffic;
  /** Ends everything, then searches whatever was stored for every key that this fleet ever had. */
  stop(): Promise<void>;
}

export interface SceneOptions extends Partial<FleetOptions> {
  /** Something to do before the worker starts. */
  readonly prepare?: (fleet: Fleet) => Promise<void>;
}

/** A fleet of its own on the shared Temporal server, with a worker. */
export async function startScene(name: string, { prepare, ...options }: SceneOptions = {}): Promise<Scene> {
  const directory = mkdtempSync(join(tmpdir(), `rotor-${name}-`));
  const fleet = await startFleet({
    directory: join(directory, 'fleet'),
    temporalAddress: inject('temporalAddress'),
    fleet: name,
    pause: '300ms',
    ...options,
  });
  await prepare?.(fleet);
  const workerLog = join(directory, 'worker.log');
  let worker = await startWorker(fleet.config, workerLog);
  const repositories = fleet.nodes.map(({ repository }) => repository);
  const keys = new KeyCollector(repositories);
  const said: RotorResult[] = [];
  const urls: string[] = [];
  const rotor = async (...args: string[]) => {
    const result = await runRotor([...args, '--config', fleet.config]);
    said.push(result);
    return result;
  };
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  return {
    directory,
    fleet,
    urls,
    client: new Client({ connection }),
    worker: () => worker,
    restartWorker: async (nodeOptions = []) => {
      worker = await startWorker(fleet.config, workerLog, { nodeOptions });
    },
    rotor,
    rotorJson: async <T>(...args: string[]) => {
      const { code, stdout, stderr } = await rotor(...args, '--json');
      if (stdout.trim() === '') throw new Error(`no JSON, exit ${code}: ${stderr}`);
      return { code, json: JSON.parse(stdout) as T };
    },
    startTraffic: () => startTraffic({ nodes: fleet.nodes, admin: fleet.admin }),
    stop: async () => {
      const answered = await answers(urls);
      await connection.close();
      await worker.stop();
      await fleet.stop();
      const leaks = await searchEverywhere({
        keys: keys.stop(),
        databaseFile: inject('temporalDatabase'),
        paths: [...new Set([directory, options.directory ?? directory]), inject('temporalLog')],
        repositories,
        said: [{ name: 'what rotor said', content: Buffer.from(JSON.stringify(said)) }, ...answered],
      });
      expect(leaks).toEqual([]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
