import { readFileSync } from 'node:fs';
import { ConfigurationError } from './configuration-error.js';
import type { SecretSource } from './schema.js';

/** What is looked for: its place in the configuration, and what it is called. */
interface Wanted {
  readonly path: string;
  readonly noun: string;
}

export function resolvePassword(source: SecretSource): string {
  return resolveSecret(source, { path: 'keystone.password', noun: 'the password' });
}

/**
 * Reads a secret where the configuration says it is, at the moment that it is needed.
 *
 * @throws ConfigurationError that names the variable or file
 */
export function resolveSecret(source: SecretSource, wanted: Wanted): string {
  return 'env' in source ? fromVariable(source.env, wanted) : fromFile(source.file, wanted);
}

function fromVariable(variable: string, wanted: Wanted): string {
  const secret = process.env[variable];
  if (secret) return secret;
  throw unusable(
    wanted,
    'env',
    `expected the environment variable ${variable} to hold ${wanted.noun}, got nothing`,
  );
}

function fromFile(file: string, wanted: Wanted): string {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw unusable(wanted, 'file', `expected the file ${file} to hold ${wanted.noun}, got ${code}`);
  }
  const secret = content.replace(/\r?\n$/, '');
  if (secret !== '') return secret;
  throw unusable(wanted, 'file', `expected the file ${file} to hold ${wanted.noun}, got nothing`);
}

function unusable({ path }: Wanted, field: 'env' | 'file', message: string): ConfigurationError {
  return new ConfigurationError('configuration', [{ path: `${path}.${field}`, message }]);
}
