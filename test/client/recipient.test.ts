import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadConfiguration } from '../../configuration/load.js';
import { CONFIGURATION_TEMPLATE } from '../../configuration/template.js';
import { requestCertificate } from '../../envelopes/identity.js';
import { person } from '../../lab/people.js';
import { certificateAuthority, type CertificateAuthority } from '../../lab/certificate-authority.js';
import { rotorInProcess } from '../support/in-process-rotor.js';
import { writeConfiguration } from '../configuration/files.js';

let config: string;

beforeEach(() => {
  config = writeConfiguration(CONFIGURATION_TEMPLATE);
});

const recipient = (...argv: string[]) => rotorInProcess('recipient', ...argv, '--config', config);

async function json<T>(...argv: string[]): Promise<T> {
  const { code, out, err } = await recipient(...argv, '--json');
  expect(code, err).toBe(0);
  return JSON.parse(out) as T;
}

const at = (name: string) => join(dirname(config), name);
const recipients = async () => (await loadConfiguration(config)).recipients;

test('`new` makes a key pair whose private half only this account can read', async () => {
  const made = await json<{ fingerprint: string }>('new', 'ctl3');
  expect(made.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  expect(statSync(at('identity.key')).mode & 0o777).toBe(0o600);
  expect(readFileSync(at('identity.key'), 'ascii')).toContain('BEGIN PRIVATE KEY');
  expect(await json('show')).toMatchObject({ name: 'ctl3', fingerprint: made.fingerprint, approved: false });
});

test('`new` replaces a key pair only when told to', async () => {
  const first = await json<{ fingerprint: string }>('new', 'ctl3');
  expect((await recipient('new', 'ctl3')).code).toBe(1);
  expect(await json('show')).toMatchObject({ fingerprint: first.fingerprint });
  const second = await json<{ fingerprint: string }>('new', 'ctl3', '--replace');
  expect(second.fingerprint).not.toBe(first.fingerprint);
});

test('a private key that others may read is refused', async () => {
  await json('new', 'ctl3');
  chmodSync(at('identity.key'), 0o640);
  const { code, err } = await recipient('show');
  expect(code).toBe(2);
  expect(err).toContain('expected mode 600, got 640');
});

test('a key pair that is none is refused with what to do', async () => {
  await json('new', 'ctl3');
  const key = readFileSync(at('identity.key'));
  await json('new', 'ctl3', '--replace');
  writeFileSync(at('identity.key'), key);
  expect((await recipient('show')).err).toContain('rotor recipient new');
});

test('`approve` and `retire` change `recipients`, and keep every comment of the file', async () => {
  const { fingerprint } = await json<{ fingerprint: string }>('new', 'ctl3');
  await json('approve', 'ctl3', fingerprint, '--yes');
  expect(await recipients()).toEqual({ ctl3: fingerprint });
  expect(await json('list')).toEqual({ recipients: [{ name: 'ctl3', fingerprint, isThisMachine: true }] });
  expect(await json('show')).toMatchObject({ approved: true });
  await json('retire', 'ctl3', '--yes');
  expect(await recipients()).toEqual({});
  // A comment behind a list may be moved to where the list's entries begin.
  const comments = (text: string) =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.startsWith('#'));
  expect(comments(readFileSync(config, 'utf8'))).toEqual(comments(CONFIGURATION_TEMPLATE));
});

test('nobody is approved or retired without a yes, and no fingerprint that is none is taken', async () => {
  expect((await recipient('approve', 'ctl3', 'ab'.repeat(32))).code).toBe(2);
  expect((await recipient('approve', 'ctl3', 'abc', '--yes')).code).toBe(2);
  expect((await recipient('retire', 'ctl3', '--yes')).code).toBe(1);
  expect(await recipients()).toEqual({});
});

describe('a certificate of a CA', () => {
  let authority: CertificateAuthority;
  beforeAll(async () => {
    authority = await certificateAuthority('Rotor CA');
  });
  afterAll(() => authority.remove());

  /** An identity, a configuration that knows the CA, and the certificate that the CA made of its request. */
  async function signedFile(request?: string): Promise<string> {
    await json('new', 'ctl3');
    writeFileSync(
      config,
      `recipientAuthority:\n  certificates: ${authority.file}\n${CONFIGURATION_TEMPLATE}`,
    );
    const own = (await json<{ request: string }>('request')).request;
    writeFileSync(at('back.crt'), await authority.sign({ request: request ?? own }));
    return at('back.crt');
  }

  test('is made of `request`, installed, and says when it ends; the private key stays as it was', async () => {
    const file = await signedFile();
    const key = readFileSync(at('identity.key'));
    const { until } = await json<{ until: string }>('install', file);
    expect(readFileSync(at('identity.key')).equals(key)).toBe(true);
    expect(await json('show')).toMatchObject({ approved: true, until });
    expect((await recipient('show')).out).toContain(
      'signed by a CA of this rotor.yaml; its certificate ends at',
    );
    expect((await recipient('list')).out).toContain('whoever O=Example, CN=Rotor CA has signed (until ');
  });

  test('counts no more once its name is retired', async () => {
    await json('install', await signedFile());
    await json('retire', 'ctl3', '--yes');
    expect((await loadConfiguration(config)).recipientAuthority!.retired).toEqual(['ctl3']);
    expect(await json('show')).toMatchObject({ approved: false, by: 'retired here' });
    expect((await recipient('list')).out).toContain('not ctl3, who was retired');
  });

  test('is not accepted where its CA is not known, though its key is approved', async () => {
    await json('install', await signedFile());
    const { fingerprint } = await json<{ fingerprint: string }>('show');
    await json('approve', 'ctl3', fingerprint, '--yes');
    expect(await json('show')).toMatchObject({ approved: true, by: 'approved here' });
    const known = readFileSync(config, 'utf8');
    writeFileSync(config, known.replace(/recipientAuthority:\n {2}certificates: .*\n/, ''));
    const { approved, by } = await json<{ approved: boolean; by: string }>('show');
    expect({ approved, by }).toEqual({
      approved: false,
      by: expect.stringContaining('add that CA') as string,
    });
    writeFileSync(config, known.replace(authority.file, at('nothing.crt')));
    const broken = await json<{ approved: boolean; by: string }>('show');
    expect(broken).toMatchObject({ approved: false });
    expect(broken.by).toContain('correct recipientAuthority.certificates');
  });

  test('of another key, of another name, of another CA or of nothing is refused, and nothing is written', async () => {
    const requestOf = async (name: string) => requestCertificate((await person(name)).identity);
    const refused = async (file: string, why: string) => {
      const before = readFileSync(at('identity.crt'));
      const { code, err } = await recipient('install', file);
      expect(code).toBe(1);
      expect(err).toContain(why);
      expect(readFileSync(at('identity.crt')).equals(before)).toBe(true);
      rmSync(at('identity.key'));
    };
    await refused(await signedFile(await requestOf('ctl3')), 'another key');
    await refused(await signedFile(await requestOf('ctl9')), 'it is for ctl9');
    const file = await signedFile();
    writeFileSync(file, readFileSync(at('identity.crt')));
    await refused(file, 'none of recipientAuthority.certificates');
    writeFileSync(await signedFile(), 'nothing');
    await refused(file, 'no certificate in PEM');
  });
});
