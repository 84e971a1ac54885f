import { ApplicationFailure } from '@temporalio/activity';
import { expect, test } from 'vitest';
import { isKept } from '../../core/attempts.js';
import { EnvelopeError } from '../../envelopes/envelope-error.js';
import { NodeError } from '../../nodes/node-error.js';
import { failureOf } from '../../worker/activity-failures.js';

const KEY = 'ZmVybmV0LXJvdG9yIHRlc3Qga2V5IG9mIDMyIGJ5dGVzIQ==';

test.each([
  new Error(KEY, { cause: new Error(KEY) }),
  Object.assign(new Error('x'), { name: 'Error', code: KEY }),
  KEY,
  { message: KEY },
  undefined,
])('whatever is thrown that is not ours leaves its text behind: %#', (thrown) => {
  const failure = failureOf(thrown);
  expect(failure).toMatchObject({ type: 'internal', nonRetryable: false, cause: undefined });
  expect(`${failure.message} ${failure.stack} ${JSON.stringify(failure)}`).not.toContain(KEY);
});

test("an error of ours keeps its words and its code, and a failure what it says of itself, but no other's words", () => {
  expect(failureOf(new NodeError('disk-full', 'ctl1', 'no room'))).toMatchObject({
    ...{ type: 'disk-full', message: 'ctl1: no room', nonRetryable: false },
  });
  expect(failureOf(new EnvelopeError('envelope-forged', 'an envelope', 'by nobody'))).toMatchObject({
    ...{ type: 'envelope-forged', message: 'an envelope: by nobody' },
  });
  const failure = ApplicationFailure.create({
    ...{ type: 'inventory', message: 'no answer', nonRetryable: true, cause: new Error(KEY) },
  });
  expect(failureOf(failure)).toMatchObject({
    ...{ type: 'inventory', message: 'no answer', nonRetryable: true, cause: undefined },
  });
});

test('of an activity that is tried for long the errors of few attempts are kept', () => {
  const kept = Array.from({ length: 5_760 }, (_, index) => index + 1).filter(isKept);
  expect(kept).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096]);
});
