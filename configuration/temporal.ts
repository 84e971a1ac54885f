import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { ConfigurationError } from './configuration-error.js';
import type { Configuration } from './schema.js';

export interface TemporalTarget {
  /** For `Connection.connect` of the client and `NativeConnection.connect` of the worker alike. */
  readonly connection: Pick<
    ClientConnectConfig['connectionOptions'],
    'address' | 'tls' | 'apiKey' | 'metadata'
  >;
  readonly namespace: string;
}

/**
 * How to reach Temporal: `rotor.yaml` first, beneath it the environment variables and the TOML profile of Temporal's own
 * tools (`TEMPORAL_ADDRESS`, `TEMPORAL_PROFILE`, …), beneath those a server on this machine.
 *
 * @throws ConfigurationError when the profile, or a certificate that it names, can't be read
 */
export function temporalTarget(configuration: Pick<Configuration, 'temporal'>): TemporalTarget {
  const { connectionOptions, namespace } = loadProfile();
  const { address, tls, apiKey, metadata } = connectionOptions;
  return {
    connection: {
      address: configuration.temporal.address ?? address ?? 'localhost:7233',
      ...(tls !== undefined && { tls }),
      ...(apiKey !== undefined && { apiKey }),
      ...(metadata !== undefined && { metadata }),
    },
    namespace: configuration.temporal.namespace ?? namespace ?? 'default',
  };
}

function loadProfile(): ClientConnectConfig {
  try {
    return loadClientConnectConfig();
  } catch (error) {
    // Only the first line: a TOML error goes on with lines of the file, which may hold an API key.
    const reason = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0];
    throw new ConfigurationError("Temporal's environment or profile", [
      { path: '', message: `expected settings that can be read, got an error: ${reason}` },
    ]);
  }
}
