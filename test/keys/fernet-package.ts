import fernet from 'fernet';

/** Another implementation to check ours against; it knows payloads as text only. `at` must be a whole second. */
export function sealWithFernetPackage(encodedKey: string, message: string, at: Date): string {
  return new fernet.Token({ secret: new fernet.Secret(encodedKey), time: at }).encode(message);
}

export function openWithFernetPackage(encodedKey: string, token: string): string {
  return new fernet.Token({ secret: new fernet.Secret(encodedKey), token, ttl: 0 }).decode();
}
