import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { ConfigurationError, loadConfiguration, type Configuration } from '../../configuration/load.js';

/** The least that a configuration has to say. */
export const MINIMAL = {
  fleet: 'production',
  tokens: { expiration: '24h', allowExpiredWindow: '48h' },
  inventory: [{ kind: 'static', sites: [{ name: 'one', nodes: [{ name: 'ctl1', address: '192.0.2.11' }] }] }],
};

/** A directory that is gone after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'rotor-configuration-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Writes text, or an object as YAML, as `rotor.yaml` into a directory of its own. */
export function writeConfiguration(content: unknown): string {
  const file = join(temporaryDirectory(), 'rotor.yaml');
  writeFileSync(file, typeof content === 'string' ? content : stringify(content));
  return file;
}

export function load(content: unknown): Promise<Configuration> {
  return loadConfiguration(writeConfiguration(content));
}

/** The error that a configuration is refused with. */
export async function refusal(attempt: Promise<unknown> | (() => unknown)): Promise<ConfigurationError> {
  try {
    await (typeof attempt === 'function' ? attempt() : attempt);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}
