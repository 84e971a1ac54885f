import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporalTarget } from '../../configuration/temporal.js';
import { refusal, temporaryDirectory } from './files.js';

describe('temporalTarget', () => {
  beforeEach(() => {
    for (const name of Object.keys(process.env))
      if (name.startsWith('TEMPORAL_')) vi.stubEnv(name, undefined);
    vi.stubEnv('TEMPORAL_CONFIG_FILE', join(temporaryDirectory(), 'none.toml'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('is this machine when nothing says otherwise, without TLS', () => {
    expect(temporalTarget({ temporal: {} })).toEqual({
      connection: { address: 'localhost:7233' },
      namespace: 'default',
    });
  });

  it('takes the profile, over it the environment, over that rotor.yaml', () => {
    useProfile('[profile.default]\naddress = "profile:1"\nnamespace = "profile"\n');
    expect(temporalTarget({ temporal: {} })).toMatchObject({
      connection: { address: 'profile:1' },
      namespace: 'profile',
    });
    vi.stubEnv('TEMPORAL_ADDRESS', 'environment:2');
    expect(temporalTarget({ temporal: {} }).connection.address).toBe('environment:2');
    expect(temporalTarget({ temporal: { address: 'file:3' } })).toMatchObject({
      connection: { address: 'file:3' },
      namespace: 'profile',
    });
  });

  it('switches TLS on with an API key, and takes certificates and metadata', () => {
    vi.stubEnv('TEMPORAL_API_KEY', 'a-key');
    vi.stubEnv('TEMPORAL_TLS_SERVER_NAME', 'name');
    vi.stubEnv('TEMPORAL_GRPC_META_X_TEAM', 'ops');
    expect(temporalTarget({ temporal: {} }).connection).toMatchObject({
      apiKey: 'a-key',
      tls: { serverNameOverride: 'name' },
      metadata: { 'x-team': 'ops' },
    });
  });

  it('names a profile that can not be read, without what stands in it', async () => {
    useProfile('[profile.default]\napi_key = "hunter2\n');
    const { message } = await refusal(() => temporalTarget({ temporal: {} }));
    expect(message).toContain("Temporal's environment or profile");
    expect(message).not.toContain('hunter2');
  });
});

function useProfile(content: string): void {
  const file = join(temporaryDirectory(), 'temporal.toml');
  writeFileSync(file, content);
  vi.stubEnv('TEMPORAL_CONFIG_FILE', file);
}
