/** All that a process can write to, byte by byte: its heap, and what any library of it left behind. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { Place } from '../../lab/leaks/search.js';

/** Regions are read in pieces that overlap by more than any form of a key is long. */
const PIECE_BYTES = 16 * 1024 * 1024;
const OVERLAP_BYTES = 1024;

export function* memoryOf(pid: number): Generator<Place> {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n')) {
      const [, from, to, name] = /^([0-9a-f]+)-([0-9a-f]+) rw..\s+\S+\s+\S+\s+\S+\s*(.*)$/.exec(line) ?? [];
      if (from === undefined || to === undefined) continue;
      const end = parseInt(to, 16);
      for (let at = parseInt(from, 16); at < end; at += PIECE_BYTES - OVERLAP_BYTES) {
        const content = pieceAt(memory, at, Math.min(PIECE_BYTES, end - at));
        if (content)
          yield { name: `memory ${name || 'of no file'} at ${at.toString(16)}`, content, isRead: true };
      }
    }
  } finally {
    closeSync(memory);
  }
}

/** Null for a region that went away, or that the kernel shows to nobody. */
function pieceAt(memory: number, at: number, length: number): Buffer | null {
  const content = Buffer.alloc(length);
  try {
    return content.subarray(0, readSync(memory, content, 0, length, at));
  } catch {
    return null;
  }
}
