import { expect, test } from 'vitest';
import { jumpsOf, proxyJump } from '../../configuration/proxy-jump.js';

test.each([
  ['none', []],
  ['bastion', [{ user: 'rotor', address: 'bastion', port: 22 }]],
  [
    'me@a.example:2222,[2001:db8::1]:22',
    [
      { user: 'me', address: 'a.example', port: 2222 },
      { user: 'rotor', address: '2001:db8::1', port: 22 },
    ],
  ],
])('%s', (value, jumps) => {
  expect(jumpsOf(proxyJump.parse(value), 'rotor')).toEqual(jumps);
});

test.each(['a,,b', 'a:0', 'a:65536', 'a b', '@a', '-oProxyCommand=x;y', 'a/b', '2001:db8::1', ''])(
  'refuses %j',
  (value) => {
    expect(proxyJump.safeParse(value).success).toBe(false);
  },
);
