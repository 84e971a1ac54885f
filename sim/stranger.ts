/** `keystone-manage fernet_rotate` by somebody who knows nothing of us: no lock, no fsync, purging by count. */
import { file } from './disk.js';
import type { VirtualNode } from './node.js';
import { encodeKey } from '../keys/key.js';
import type { Random } from './random.js';
import type { Safety } from './safety.js';
import type { Time } from './time.js';

const KEY_MODE = 0o600;

export function strayRotate(
  node: VirtualNode,
  { time, random, safety }: { time: Time; random: Random; safety: Safety },
  maxActiveKeys: number,
  excuse: string | null,
): void {
  const { disk } = node;
  const powerLosses = disk.powerLosses;
  const steps = [
    () => disk.change('0.tmp', file(encodeKey(random.bytes(32)), KEY_MODE, time.now, time.now), time.now),
    () => {
      const top = Math.max(...indexes(node));
      disk.change(`${top + 1}`, disk.file('0'), time.now);
      disk.change('0', null, time.now);
    },
    () => {
      disk.change('0', disk.file('0.tmp'), time.now);
      disk.change('0.tmp', null, time.now);
    },
    () => {
      const secondaries = indexes(node).slice(1, -1);
      const tooMany = indexes(node).length - maxActiveKeys;
      for (const index of secondaries.slice(0, Math.max(0, tooMany))) disk.change(`${index}`, null, time.now);
    },
  ];
  const next = () => {
    const step = steps.shift();
    if (!step || disk.powerLosses !== powerLosses) return;
    node.strangerAt = time.now;
    step();
    if (excuse !== null) safety.excuse(node, excuse);
    else safety.changed(node);
    time.after(random.fraction() * 3, 'fernet_rotate', node.name, next);
  };
  if (disk.has('0')) time.after(0, 'fernet_rotate', node.name, next);
}

function indexes(node: VirtualNode): number[] {
  return [...node.disk.root.names.keys()]
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}
