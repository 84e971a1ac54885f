import fernet from 'fernet';
import { encodeKey, generateKey } from './key.js';

/**
 * A well-formed token under a key that no repository holds: what a Keystone must refuse before its acceptance of another
 * token means anything. The package that makes it knows keys as strings only, so no real key ever goes there.
 */
export function makeCanary(): string {
  const secret = new fernet.Secret(encodeKey(generateKey()).toString('ascii'));
  return new fernet.Token({ secret }).encode('fernet-rotor canary').replace(/=+$/, '');
}
