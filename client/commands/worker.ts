import '../../worker/heap.js';
import { findConfiguration, loadConfiguration } from '../../configuration/load.js';
import { temporalTarget } from '../../configuration/temporal.js';
import { runWorker } from '../../worker/worker.js';
import { EXIT } from '../errors.js';
import { addressText } from '../../core/addresses.js';
import { listenAddress } from '../listen-address.js';
import type { GlobalOptions, Io } from '../output.js';
import { temporalError } from '../temporal-errors.js';

export interface WorkerOptions extends GlobalOptions {
  readonly metrics?: string;
  readonly health?: string;
  readonly node?: string;
  readonly site?: string;
}

/** Runs a worker until it is told to end. */
export async function worker(
  _io: Io,
  { config, metrics, health, node, site }: WorkerOptions,
): Promise<number> {
  const addresses = {
    ...(metrics !== undefined && { metrics: addressText(listenAddress('--metrics', metrics)) }),
    ...(health !== undefined && { health: listenAddress('--health', health) }),
  };
  const configFile = await findConfiguration(config);
  const configuration = await loadConfiguration(configFile);
  const options = {
    ...addresses,
    ...(node !== undefined && { node }),
    ...(site !== undefined && { site }),
  };
  await runWorker(configFile, configuration, options).catch((error: unknown) => {
    throw temporalError(error, temporalTarget(configuration)) ?? error;
  });
  return EXIT.done;
}
