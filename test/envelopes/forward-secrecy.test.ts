import { webcrypto } from 'node:crypto';
import { expect, test } from 'vitest';
import { RECIPIENT_ALGORITHM, decryptWith } from '../../envelopes/auth-enveloped.js';
import { verifySigned } from '../../envelopes/signed.js';
import { fingerprint, generateKey } from '../../keys/key.js';
import { deliver, person, type Person } from '../../lab/people.js';

/** A long-term private key, put to the one use that it must not be good for. */
function asRecipient({ files }: Person): Promise<webcrypto.CryptoKey> {
  const pkcs8 = Buffer.from(files.privateKey.replaceAll(/-----.*-----|\n/g, ''), 'base64');
  return webcrypto.subtle.importKey('pkcs8', pkcs8, RECIPIENT_ALGORITHM, false, ['deriveBits']);
}

test('all long-term private keys, the announcement and the envelope together do not open it', async () => {
  const [holder, target] = [await person('ctl1'), await person('ctl2')];
  const delivery = await deliver(generateKey(), holder, target);
  const { envelope, announcement, freshId } = delivery;
  await delivery.open(); // it could be opened once
  target.freshKeys.destroy(freshId);
  const { content } = verifySigned(envelope);
  for (const each of [holder, target])
    await expect(decryptWith(await asRecipient(each), content)).rejects.toThrow();
  expect(verifySigned(announcement).content.toString()).toContain('publicKey');
});

test('the private half of a fresh key can not be exported, and ends when it is destroyed', async () => {
  const { freshKeys } = await person('ctl2');
  const errand = { fleet: 'production', operation: 'run' };
  const { id } = await freshKeys.make(errand);
  const privateKey = freshKeys.privateKeyOf(id, errand)!;
  expect(privateKey.extractable).toBe(false);
  await expect(webcrypto.subtle.exportKey('pkcs8', privateKey)).rejects.toThrow();
  freshKeys.destroy(id);
  expect(freshKeys.privateKeyOf(id, errand)).toBeNull();
});

test('two envelopes for the same key and recipient have nothing secret in common', async () => {
  const [holder, target, key] = [await person('ctl1'), await person('ctl2'), generateKey()];
  const [one, other] = [await deliver(key, holder, target), await deliver(key, holder, target)];
  expect(one.envelope.equals(other.envelope)).toBe(false);
  await expect(other.open({ envelope: one.envelope })).rejects.toThrow('not for the fresh key');
  expect(fingerprint((await other.open()).key)).toBe(fingerprint(key));
});
