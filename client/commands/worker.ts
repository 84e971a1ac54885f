import { findConfiguration } from '../../configuration/load.js';
import { runWorker } from '../../worker/worker.js';
import { EXIT } from '../errors.js';
import { listenAddress } from '../listen-address.js';
import type { GlobalOptions, Io } from '../output.js';

export interface WorkerOptions extends GlobalOptions {
  readonly metrics?: string;
  readonly node?: string;
  readonly site?: string;
}

/** Runs a worker until it is told to end. */
export async function worker(_io: Io, { config, metrics, node, site }: WorkerOptions): Promise<number> {
  const address = metrics === undefined ? null : listenAddress('--metrics', metrics);
  const configFile = await findConfiguration(config);
  await runWorker(configFile, {
    ...(address && { metrics: `${address.host}:${address.port}` }),
    ...(node !== undefined && { node }),
    ...(site !== undefined && { site }),
  });
  return EXIT.done;
}
