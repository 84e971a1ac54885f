import { describe, expect, test } from 'vitest';
import { filesLeft, neededKeys } from '../../../core/doctor/lifetimes.js';
import { clockFindings } from '../../../core/doctor/nodes.js';
import type { Examined } from '../../../core/examination.js';
import { withKeystoneSettings, type KeystoneSettings } from '../../../core/keystone-settings.js';
import type { FleetDescription } from '../../../core/messages.js';
import { lookAt, POLICY } from '../text.js';

const HOUR_MS = 3_600_000;
const policy = {
  ...POLICY,
  expirationMs: 24 * HOUR_MS,
  allowExpiredWindowMs: 48 * HOUR_MS,
  marginMs: 300_000,
};

describe('the formula', () => {
  test.each([
    [72, 3],
    [73, 3],
    [36, 4],
    [24, 5],
    [1, 74],
  ])('a rotation every %i h needs %i keys', (hours, keys) => {
    expect(neededKeys(policy, hours * HOUR_MS)).toBe(keys);
  });

  test('at the default interval four files lie on a node, as ARCHITECTURE.md says', () => {
    expect(filesLeft(policy, 73 * HOUR_MS)).toBe(4);
  });
});

describe('a policy with what nodes say themselves', () => {
  const settings = (change: Partial<KeystoneSettings>): KeystoneSettings => ({
    provider: 'fernet',
    expirationMs: 1,
    allowExpiredWindowMs: 1,
    caching: false,
    maxActiveKeys: 10,
    keyRepository: '/k',
    receiptRepository: '/k',
    ...change,
  });
  const described = { policy: { ...policy, maxActiveKeys: 8 } } as FleetDescription;
  const surveyWith = (...each: KeystoneSettings[]) => {
    const survey = lookAt('a: 0:S 1:P | b: 0:S 1:P');
    return { ...survey, nodes: survey.nodes.map((node, index) => ({ ...node, settings: each[index]! })) };
  };

  test('has the longest lifetimes of all, and the smallest number of active keys', () => {
    const survey = surveyWith(
      settings({ expirationMs: 99 * HOUR_MS }),
      settings({ maxActiveKeys: 5, allowExpiredWindowMs: 77 * HOUR_MS }),
    );
    expect(withKeystoneSettings(described, survey).policy).toMatchObject({
      expirationMs: 99 * HOUR_MS,
      allowExpiredWindowMs: 77 * HOUR_MS,
      maxActiveKeys: 5,
    });
  });

  test('is never shorter than the configuration says', () => {
    const survey = surveyWith(settings({}), settings({}));
    expect(withKeystoneSettings(described, survey).policy).toEqual(described.policy);
  });
});

test('clocks apart are named: some seconds are a warning, minutes an error', () => {
  const at = (node: string, clockOffsetMs: number) => ({
    node,
    problem: null,
    found: { clockOffsetMs } as Examined,
    certificate: null,
  });
  const found = clockFindings([at('a', 1_000), at('b', -10_000), at('c', 600_000)]);
  expect(found.map(({ code, severity, message }) => `${code} ${severity} ${message}`)).toEqual([
    "clock-skew warning b: its clock is 10s behind the worker's",
    "clock-skew error c: its clock is 10m ahead of the worker's; nothing is pruned while it is",
  ]);
});
