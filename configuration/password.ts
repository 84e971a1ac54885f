import { readFileSync } from 'node:fs';
import { ConfigurationError } from './configuration-error.js';
import type { SecretSource } from './schema.js';

/**
 * Reads the account's password where the configuration says it is, at the moment that it is needed.
 *
 * @throws ConfigurationError that names the variable or file
 */
export function resolvePassword(source: SecretSource): string {
  return resolveSecret(source, 'keystone.password', 'the password');
}

/**
 * @param path of the section that says where, for messages
 * @param what it is, for messages
 * @throws ConfigurationError that names the variable or file
 */
export function resolveSecret(source: SecretSource, path: string, what = 'it'): string {
  return 'env' in source ? fromVariable(source.env, path, what) : fromFile(source.file, path, what);
}

function fromVariable(variable: string, path: string, what: string): string {
  const secret = process.env[variable];
  if (secret) return secret;
  throw unusable(`${path}.env`, `expected the environment variable ${variable} to hold ${what}, got nothing`);
}

function fromFile(file: string, path: string, what: string): string {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw unusable(`${path}.file`, `expected the file ${file} to hold ${what}, got ${code}`);
  }
  const secret = content.replace(/\r?\n$/, '');
  if (secret !== '') return secret;
  throw unusable(`${path}.file`, `expected the file ${file} to hold ${what}, got nothing`);
}

function unusable(path: string, message: string): ConfigurationError {
  return new ConfigurationError('configuration', [{ path, message }]);
}
