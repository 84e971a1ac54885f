/** The processes below a process, as Linux shows them in /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** All descendants that are alive now. An sshd's sessions leave its process group, so a signal to the group misses them. */
export function descendantsOf(pid: number): number[] {
  const childrenOf = readChildren();
  const found: number[] = [];
  const pending = [pid];
  for (let parent = pending.pop(); parent !== undefined; parent = pending.pop()) {
    const children = childrenOf.get(parent) ?? [];
    found.push(...children);
    pending.push(...children);
  }
  return found;
}

/** Sends a signal to a process that may be gone. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function readChildren(): Map<number, number[]> {
  const childrenOf = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = parentOf(name);
    if (parent !== null) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(name)]);
  }
  return childrenOf;
}

/** Null when the process ended while we looked. */
function parentOf(pid: string): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold spaces; state and parent follow it.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}
