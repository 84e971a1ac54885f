import type { Fingerprint } from '../core/repository.js';
import { NodeError } from '../nodes/node-error.js';
import { readKey, readRepository } from '../nodes/reading.js';
import type { WayToNodes } from '../nodes/ways.js';
import type { Fleet } from './fleet.js';

/**
 * The bytes of a key from the first node that can give them.
 *
 * @returns 32 bytes, to be wiped by the caller; null when none can
 */
export async function fetchKey(
  fleet: Fleet,
  way: WayToNodes,
  key: Fingerprint,
  holders: readonly string[],
): Promise<Buffer | null> {
  for (const holder of holders) {
    try {
      return await way.use(fleet.addressOf(holder), async (files) => {
        const name = (await readRepository(files)).fileOf.get(key);
        if (name === undefined)
          throw new NodeError('key-unavailable', holder, `key ${key} is not here any more`);
        return readKey(files, name, key);
      });
    } catch {
      continue; // the next holder may do
    }
  }
  return null;
}
