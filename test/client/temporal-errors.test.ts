import { ServiceError } from '@temporalio/client';
import { expect, test } from 'vitest';
import { mayPass, temporalError } from '../../client/temporal-errors.js';

const TARGET = { connection: { address: 'temporal.example:7233' }, namespace: 'keystone' };

/** As gRPC's own client gives it. */
const answer = (code: number, details: string) =>
  Object.assign(new Error(`${code}: ${details}`), { code, details, metadata: {} });
/** As a worker's connection gives it. */
const atWorker = (message: string) => Object.assign(new Error(message), { name: 'TransportError' });

const codeOf = (error: unknown) => temporalError(error, TARGET)?.code ?? null;

test.each([
  [
    'a part of a cluster is not up',
    answer(14, 'Not enough hosts to serve the request'),
    'temporal-unreachable',
  ],
  ['an API key that is none', answer(16, 'Request unauthorized.'), 'temporal-refused'],
  ['an account without rights', answer(7, 'Request unauthorized.'), 'temporal-refused'],
  ['no such namespace', answer(5, 'Namespace keystone is not found.'), 'namespace-unknown'],
  [
    'a worker that no server answers',
    atWorker('tonic::transport::Error(… Os { code: 111, kind: ConnectionRefused, … })'),
    'temporal-unreachable',
  ],
  ['a worker without rights', atWorker('… Status { code: PermissionDenied, … }'), 'temporal-refused'],
  ['a worker of no namespace', atWorker('… Status { code: NotFound, … }'), 'namespace-unknown'],
])('%s', (_, error, code) => {
  expect(codeOf(error)).toBe(code);
  expect(temporalError(error, TARGET)!.message).toContain('temporal.example:7233');
});

test('the same, as the client wraps it', () =>
  expect(codeOf(new ServiceError('failed', { cause: answer(14, 'closed') }))).toBe('temporal-unreachable'));

test.each([
  ['a schedule that is not there', answer(5, 'schedule not found')],
  ['a request that is wrong', answer(3, 'Invalid argument')],
  ['an error of ours', new Error('no')],
])('%s is none of Temporal’s own', (_, error) => expect(codeOf(error)).toBeNull());

test.each([
  ['a part that is not up', answer(14, 'Not enough hosts to serve the request'), true],
  ['one that has too much to do', answer(8, 'namespace rate limit exceeded'), true],
  ['an API key that ended', answer(16, 'Request unauthorized.'), false],
  ['rights that were taken', answer(7, 'Request unauthorized.'), false],
  ['a namespace that was deleted', answer(5, 'Namespace keystone is not found.'), false],
])('%s: whether to ask again', (_, error, again) => {
  expect(mayPass(new ServiceError('failed', { cause: error }))).toBe(again);
});
