import { describe, expect, test } from 'vitest';
import type { ProblemCode } from '../../core/problems.js';
import { NodeError } from '../../nodes/node-error.js';
import {
  CASES,
  attempt,
  diskWith,
  harm,
  harmOfNextAttempt,
  survey,
  unfinished,
  type Case,
} from './memory-cases.js';
import { MemoryFiles } from './memory-files.js';

/**
 * What `SftpFiles` makes of them: OpenSSH's server has a status of its own for what is forbidden, and one for all the rest
 * (`errno_to_portable` in sftp-server.c).
 */
const ERRORS: Readonly<Record<string, ProblemCode>> = {
  ENOSPC: 'changed-underneath',
  EIO: 'changed-underneath',
  EROFS: 'changed-underneath',
  EMFILE: 'changed-underneath',
  EACCES: 'permissions',
};

/** A disk that is full stays so for a while; a bad sector or a lack of handles may be gone at the next request. */
const DURATIONS = { once: 1, 'from then on': Infinity } as const;

/** What a full disk, a read-only one or a lack of handles still lets through. */
const ALWAYS_WORKS = ['close'];

interface Trouble {
  readonly error: string;
  readonly duration: number;
}

/** Lets the request of this number fail, counted from zero. */
async function failAt(work: Case, at: number, { error, duration }: Trouble) {
  const surveyed = await survey(work);
  const disk = diskWith(work.before);
  let count = 0;
  const failures: string[] = [];
  const before = (what: string) => {
    if (ALWAYS_WORKS.includes(what)) return;
    const number = count++;
    if (number < at || number >= at + duration) return;
    failures.push(what);
    throw new NodeError(ERRORS[error]!, 'ctl1', `can't ${what}: ${error}`);
  };
  const isDone = await attempt(new MemoryFiles(disk, { before }), work, surveyed).then(
    () => true,
    (thrown: unknown) => {
      // Whatever cleaning up ran into must not hide what went wrong first.
      expect(thrown).toMatchObject({ code: ERRORS[error] });
      return false;
    },
  );
  const found = harm(disk, work);
  if (isDone) found.push(...unfinished(disk, work));
  found.push(...(await harmOfNextAttempt(disk, work, surveyed)));
  const [failed = null] = failures;
  return { failed, isDone, found: found.map((each) => `${error} at ${at} (${failed}): ${each}`) };
}

/** Requests that may fail although the work is done: only what tidies up after it. */
const TIDYING = ['stat', 'open', 'read', 'unlink'];

async function failEverywhere(work: Case, trouble: Trouble) {
  const found: string[] = [];
  for (let at = 0; ; at++) {
    const result = await failAt(work, at, trouble);
    found.push(...result.found);
    if (result.failed === null) return { requests: at, found };
    if (result.isDone && !TIDYING.includes(result.failed)) found.push(`${result.failed} failed unnoticed`);
  }
}

for (const [name, duration] of Object.entries(DURATIONS)) {
  describe(`a file request that fails ${name}`, () => {
    for (const work of CASES) {
      test(`${work.name}: ${work.before || 'nothing'} to ${work.after}`, async () => {
        for (const error of Object.keys(ERRORS)) {
          const { requests, found } = await failEverywhere(work, { error, duration });
          expect(found).toEqual([]);
          expect(requests).toBeGreaterThan(20);
        }
      });
    }
  });
}
