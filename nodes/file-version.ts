import { stat } from 'node:fs/promises';

/**
 * What changes when a file does, so that one that was read need not be read again.
 *
 * @throws as `stat` does
 */
export async function fileVersion(path: string): Promise<string> {
  const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [ino, size, mtimeNs, ctimeNs].join(' ');
}
