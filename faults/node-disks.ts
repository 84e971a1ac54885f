/** A small file system for each node, where we may mount. */
import { mkdirSync } from 'node:fs';
import { runCommand } from '../lab/commands.js';

/** A page a key, and room for as many as a run of all cells leaves. */
const SIZE = '512k';

/** @returns those that were mounted: all, or none */
export async function mountDisks(directories: readonly string[]): Promise<string[]> {
  if (process.getuid?.() !== 0) return [];
  const mounted: string[] = [];
  try {
    for (const directory of directories) {
      mkdirSync(directory, { recursive: true });
      await runCommand('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=755`, 'tmpfs', directory]);
      mounted.push(directory);
    }
    return mounted;
  } catch {
    await unmountDisks(mounted); // a container whose root may not mount
    return [];
  }
}

export async function unmountDisks(directories: readonly string[]): Promise<void> {
  for (const directory of directories) await runCommand('umount', [directory]);
}
