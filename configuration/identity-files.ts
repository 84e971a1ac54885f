/** Where a machine keeps its long-term identity: beside its configuration, the private half for its own account only. */
import { constants } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ConfigurationError } from './configuration-error.js';

export interface IdentityText {
  /** PKCS #8 in PEM. */
  readonly privateKey: string;
  /** X.509 in PEM. */
  readonly certificate: string;
}

const PRIVATE_MODE = 0o600;
const PUBLIC_MODE = 0o644;
const OTHERS = 0o077;

export function identityPaths(configFile: string): {
  readonly privateKey: string;
  readonly certificate: string;
} {
  const folder = dirname(resolve(configFile));
  return { privateKey: join(folder, 'identity.key'), certificate: join(folder, 'identity.crt') };
}

/**
 * @returns null when there is none
 * @throws ConfigurationError when others may read the private key, or a file can't be read
 */
export async function readIdentityFiles(configFile: string): Promise<IdentityText | null> {
  const paths = identityPaths(configFile);
  try {
    const { mode } = await stat(paths.privateKey);
    if ((mode & OTHERS) !== 0) throw unusable(paths.privateKey, `mode 600`, (mode & 0o777).toString(8));
    const [privateKey, certificate] = [
      await readFile(paths.privateKey, 'ascii'),
      await readFile(paths.certificate, 'ascii'),
    ];
    return { privateKey, certificate };
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw unusable(paths.privateKey, 'a file that can be read', `${code}`);
  }
}

/** Puts a pair in place of whatever there was; cut off between the two, it is no pair and is refused. */
export async function writeIdentityFiles(configFile: string, identity: IdentityText): Promise<void> {
  const paths = identityPaths(configFile);
  await replaceFile(paths.privateKey, identity.privateKey, PRIVATE_MODE);
  await replaceFile(paths.certificate, identity.certificate, PUBLIC_MODE);
}

/** Puts another certificate of the same key in place of the one there. */
export async function writeCertificate(configFile: string, certificate: string): Promise<void> {
  await replaceFile(identityPaths(configFile).certificate, certificate, PUBLIC_MODE);
}

/** A whole file or the old one, whatever happens meanwhile. */
export async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  const staged = `${path}.new`;
  await rm(staged, { force: true });
  const file = await open(staged, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(staged, path);
}

function unusable(path: string, expected: string, got: string): ConfigurationError {
  return new ConfigurationError(path, [{ path: '', message: `expected ${expected}, got ${got}` }]);
}
