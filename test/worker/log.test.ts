import { expect, test } from 'vitest';
import { errorFields, knownFields } from '../../worker/log.js';

const KEY = 'ZmVybmV0LXJvdG9yIHRlc3Qga2V5IG9mIDMyIGJ5dGVzIQ==';

test('only known fields with plain values pass, whatever else an object holds', () => {
  const fields = { node: 'ctl1', phase: 'promote', key: KEY, content: Buffer.from(KEY), site: { key: KEY } };
  expect(knownFields(fields)).toEqual({ node: 'ctl1', phase: 'promote' });
});

test('an error is its class and places; its text stays behind', () => {
  const fields = errorFields(new TypeError(`invalid: ${KEY}\n${KEY}`));
  expect(fields.code).toBe('TypeError');
  expect(fields.stack).toContain('log.test.ts');
  expect(JSON.stringify(fields)).not.toContain(KEY);
});
