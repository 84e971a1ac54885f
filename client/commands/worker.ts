import { findConfiguration } from '../../configuration/load.js';
import { listenAddress } from '../../worker/addresses.js';
import { runWorker } from '../../worker/worker.js';
import { EXIT, usageError } from '../errors.js';
import type { GlobalOptions, Io } from '../output.js';

export interface WorkerOptions extends GlobalOptions {
  readonly metrics?: string;
  readonly health?: string;
  readonly node?: string;
}

/** Runs a worker until it is told to end. */
export async function worker(_io: Io, { config, metrics, health, node }: WorkerOptions): Promise<number> {
  const configFile = await findConfiguration(config);
  await runWorker(configFile, {
    ...(metrics !== undefined && { metrics: checkedAddress('--metrics', metrics) }),
    ...(health !== undefined && { health: checkedAddress('--health', health) }),
    ...(node !== undefined && { node }),
  });
  return EXIT.done;
}

function checkedAddress(option: string, text: string): string {
  const address = listenAddress(text);
  if (address === null)
    throw usageError(`${option}: expected HOST:PORT or a port, got ${JSON.stringify(text)}`);
  return address;
}
