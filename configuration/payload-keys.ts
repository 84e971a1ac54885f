/** The keys that encrypt what Temporal stores. They stand where the configuration says, never in it. */
import { ConfigurationError } from './configuration-error.js';
import { resolveSecret } from './password.js';
import type { Configuration } from './schema.js';

/** AES-256. */
const KEY_LENGTH = 32;

/**
 * Reads them at the moment that they are needed.
 *
 * @returns none where nothing is to be encrypted
 * @throws ConfigurationError that names the variable or file
 */
export function payloadKeys(
  encryption: Configuration['temporal']['encryption'],
): { id: string; secret: Buffer }[] {
  return (encryption?.keys ?? []).map(({ id, secret: source }, index) => {
    const path = `temporal.encryption.keys[${index}].secret`;
    const secret = Buffer.from(resolveSecret(source, path), 'base64');
    if (secret.length === KEY_LENGTH) return { id, secret };
    const message = `expected ${KEY_LENGTH} bytes in base64, as \`openssl rand -base64 ${KEY_LENGTH}\` makes them, got ${secret.length}`;
    throw new ConfigurationError('configuration', [{ path, message }]);
  });
}
