/** How a fleet's values become what Temporal stores: for every client and worker alike. */
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { payloadKeys } from '../configuration/payload-keys.js';
import type { Configuration } from '../configuration/schema.js';
import { CompressingCodec } from './compressing-codec.js';
import { EncryptingCodec } from './encrypting-codec.js';

/** Part of the workflow bundle as well, where workflows are to encode failures. */
export const FAILURE_CONVERTER = fileURLToPath(new URL('./failure-converter.cjs', import.meta.url));

/** @throws ConfigurationError when a key can't be read */
export function dataConverterOf(configuration: Pick<Configuration, 'fleet' | 'temporal'>): DataConverter {
  const payloadCodecs = [new CompressingCodec(), codecOf(configuration)];
  return isEncrypting(configuration)
    ? { payloadCodecs, failureConverterPath: FAILURE_CONVERTER }
    : { payloadCodecs };
}

/** @throws ConfigurationError when a key can't be read */
export function codecOf({ fleet, temporal }: Pick<Configuration, 'fleet' | 'temporal'>): EncryptingCodec {
  return new EncryptingCodec(fleet, payloadKeys(temporal.encryption));
}

export function isEncrypting({ temporal }: Pick<Configuration, 'temporal'>): boolean {
  return temporal.encryption !== undefined;
}
