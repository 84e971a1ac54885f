import { readFileSync } from 'node:fs';
import { ConfigurationError } from './configuration-error.js';
import type { PasswordSource } from './schema.js';

/**
 * Reads a password where the configuration says it is, at the moment that it is needed.
 *
 * @throws ConfigurationError that names the variable or file
 */
export function resolvePassword(source: PasswordSource): string {
  return 'env' in source ? fromVariable(source.env) : fromFile(source.file);
}

function fromVariable(variable: string): string {
  const password = process.env[variable];
  if (password) return password;
  throw unusable('env', `expected the environment variable ${variable} to hold the password, got nothing`);
}

function fromFile(file: string): string {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw unusable('file', `expected the file ${file} to hold the password, got ${code}`);
  }
  const password = content.replace(/\r?\n$/, '');
  if (password !== '') return password;
  throw unusable('file', `expected the file ${file} to hold the password, got nothing`);
}

function unusable(field: 'env' | 'file', message: string): ConfigurationError {
  return new ConfigurationError('configuration', [{ path: `keystone.password.${field}`, message }]);
}
