import { describe, expect, test } from 'vitest';
import {
  CASES,
  attempt,
  diskWith,
  harm,
  harmOfNextAttempt,
  layoutOf,
  leftIn,
  survey,
  type Case,
} from './memory-cases.js';
import { MemoryFiles } from './memory-files.js';
import { statesAfterPowerLoss } from './power-states.js';

/** One attempt that is cancelled just before one of its requests. */
async function cancelAt(work: Case, request: number) {
  const surveyed = await survey(work);
  const disk = diskWith(work.before);
  const cancelling = new AbortController();
  let count = 0;
  const before = () => {
    if (count++ === request) cancelling.abort();
  };
  const end = await attempt(new MemoryFiles(disk, { before }), work, surveyed, cancelling.signal).then(
    () => 'done',
    (error: Error) => error.name,
  );
  return { disk, end, surveyed, wasCancelled: count > request };
}

describe('a visit that is cancelled before any of its requests', () => {
  test.each(CASES)('$name: finishes the file operation that it is at, and begins no other', async (work) => {
    const ends = new Set<string>();
    for (let request = 0; ; request++) {
      const { disk, end, surveyed, wasCancelled } = await cancelAt(work, request);
      if (!wasCancelled) break;
      const at = `cancelled at request ${request}`;
      ends.add(end);
      // Nothing staged, no lock, and no name that a power loss would take back: the operation was settled to its end.
      expect(leftIn(disk), at).toEqual([]);
      const remaining = new Set([...statesAfterPowerLoss(disk)].map(layoutOf));
      expect([...remaining], at).toEqual([layoutOf(disk)]);
      expect([...harm(disk, work), ...(await harmOfNextAttempt(disk, work, surveyed))], at).toEqual([]);
    }
    expect(ends).toEqual(new Set(['AbortError', 'done']));
  });
});
