import { findConfiguration } from '../../configuration/load.js';
import { listenAddress } from '../../worker/metrics.js';
import { runWorker } from '../../worker/worker.js';
import { EXIT, usageError } from '../errors.js';
import type { GlobalOptions, Io } from '../output.js';

export interface WorkerOptions extends GlobalOptions {
  readonly metrics?: string;
  readonly node?: string;
  readonly site?: string;
}

/** Runs a worker until it is told to end. */
export async function worker(_io: Io, { config, metrics, node, site }: WorkerOptions): Promise<number> {
  const configFile = await findConfiguration(config);
  await runWorker(configFile, {
    ...(metrics !== undefined && { metrics: checkedAddress(metrics) }),
    ...(node !== undefined && { node }),
    ...(site !== undefined && { site }),
  });
  return EXIT.done;
}

function checkedAddress(text: string): string {
  const address = listenAddress(text);
  if (address === null)
    throw usageError(`--metrics: expected HOST:PORT or a port, got ${JSON.stringify(text)}`);
  return address;
}
