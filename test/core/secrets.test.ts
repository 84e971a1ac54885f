import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { mayBeSecret, shownName, withoutSecrets } from '../../core/secrets.js';

const HARMLESS = [
  'inventory[0].sites[1].nodes[3].repository: expected an absolute path',
  '/etc/keystone/fernet-keys and /var/lib/docker/volumes/keystone_fernet_tokens/_data',
  '/tmp/rotor-bad-input-Ab3xZ9/fleet/rotor.yaml',
  'rotation/production/0197c3f2-7c1e-7000-8000-000000000001',
  'expected the environment variable OS_CLIENT_CONFIG_FILE to hold the password',
  'keystone-Region-One-controller-001.example.com',
];

test.each(HARMLESS)('leaves as it is: %s', (text) => {
  expect(withoutSecrets(text)).toBe(text);
});

test('leaves out keys and halves of keys, however they are written', () => {
  for (let times = 0; times < 200; times++) {
    const key = randomBytes(32);
    const forms = (['base64', 'base64url', 'hex'] as const).map((encoding) => key.toString(encoding));
    for (const form of [...forms, `${forms[1]}=`, encodeURIComponent(forms[0]!), forms[2]!.slice(0, 32)]) {
      const text = withoutSecrets(`the name ${form} is taken`);
      for (let at = 0; at + 12 <= form.length; at += 12) expect(text).not.toContain(form.slice(at, at + 12));
    }
    const broken = forms[1]!.replace(/.{16}/g, '$&\n');
    expect(mayBeSecret(broken)).toBe(true);
    for (const piece of broken.split('\n').slice(0, 2))
      expect(withoutSecrets(`the name ${broken} is taken`)).not.toContain(piece);
  }
});

test('leaves out bytes that are no text', () => {
  expect(withoutSecrets('a word\u0000\u0001 b')).toBe('a … b');
  expect(shownName('0\u0007')).toBe('…');
  expect(shownName('README.md')).toBe('README.md');
});
