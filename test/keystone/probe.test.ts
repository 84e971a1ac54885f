import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fingerprint, generateKey, parseKey } from '../../keys/key.js';
import { KeystoneError, passwordCredentials, type Credentials } from '../../keystone/identity.js';
import { probe } from '../../keystone/probe.js';
import { startKeystones, type Keystones } from '../../lab/keystone.js';
import { freePort } from '../../lab/ports.js';

describe('the probe of a running Keystone', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rotor-probe-'));
  let keystones: Keystones;
  let url: string;
  let credentials: Credentials;
  let held: Buffer[];

  beforeAll(async () => {
    const repository = join(directory, 'fernet-keys');
    keystones = await startKeystones({
      directory,
      nodes: [{ name: 'ctl1', region: 'region-one', repository }],
    });
    url = keystones.nodes[0]!.url;
    credentials = passwordCredentials(keystones.admin);
    held = readdirSync(repository).map((name) => parseKey(readFileSync(join(repository, name))));
  });

  afterAll(async () => {
    await keystones?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const named = (key: Buffer) => ({ key, fingerprint: fingerprint(key) });
  const codeOf = (attempt: Promise<unknown>) =>
    attempt.then(
      () => 'no error',
      (error: unknown) => (error instanceof KeystoneError ? error.code : error),
    );

  it('tells keys that the node has loaded from one that it has not', async () => {
    const unknown = generateKey();
    const result = await probe({ url, credentials, issuingKeys: held, keys: [...held, unknown].map(named) });
    expect(result.accepted).toEqual(held.map(fingerprint));
    expect(result.refused).toEqual([fingerprint(unknown)]);
  });

  it('without keys finds out whether asking works, and how far the clock is off', async () => {
    const { accepted, refused, clockOffsetMs } = await probe({ url, credentials, issuingKeys: [], keys: [] });
    expect([accepted, refused]).toEqual([[], []]);
    expect(Math.abs(clockOffsetMs!)).toBeLessThan(60_000);
  });

  it('says that the account is wrong, and not its password', async () => {
    const wrong = passwordCredentials({ ...keystones.admin, password: 'hunter2' });
    const attempt = probe({ url, credentials: wrong, issuingKeys: held, keys: [] });
    await expect(attempt).rejects.not.toHaveProperty('message', expect.stringContaining('hunter2'));
    expect(await codeOf(attempt)).toBe('keystone-credentials');
  });

  it('says that nobody answers', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}/v3`;
    expect(await codeOf(probe({ url: nobody, credentials, issuingKeys: held, keys: [] }))).toBe(
      'keystone-unreachable',
    );
  });

  it('says that the keys are not those of this Keystone, rather than that it refuses them', async () => {
    const others = [generateKey()];
    expect(await codeOf(probe({ url, credentials, issuingKeys: others, keys: held.map(named) }))).toBe(
      'keystone-error',
    );
  });
});
