import { beforeAll, describe, expect, test } from 'vitest';
import { announce, readAnnouncement } from '../../envelopes/announcement.js';
import { encryptTo } from '../../envelopes/auth-enveloped.js';
import { EnvelopeError } from '../../envelopes/envelope-error.js';
import { seal } from '../../envelopes/envelope.js';
import { sign, verifySigned } from '../../envelopes/signed.js';
import { fingerprint, generateKey } from '../../keys/key.js';
import { ERRAND, approvalsOf, deliver, person, type Delivery, type Person } from '../../lab/people.js';

let holder: Person;
let target: Person;
let stranger: Person;
let key: Buffer;
let delivery: Delivery;

beforeAll(async () => {
  [holder, target, stranger] = await Promise.all([person('ctl1'), person('ctl2'), person('ctl3')]);
  key = generateKey();
  delivery = await deliver(key, holder, target);
});

/** The code of the error, after a check that nothing of the key and no foreign error is in it. */
async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof EnvelopeError)) throw new Error('not refused', { cause: error });
  expect(error.cause).toBeUndefined();
  for (const form of ['hex', 'base64', 'base64url', 'latin1'] as const)
    expect(error.message).not.toContain(key.toString(form));
  return error.code;
}

describe('an envelope', () => {
  test('gives its recipient the key, and says whose it is', async () => {
    const opened = await delivery.open();
    expect(opened.key.equals(key)).toBe(true);
    expect(opened).toMatchObject({ fingerprint: fingerprint(key), sender: 'ctl1' });
  });

  test('leaves the key that was sealed as it was', () => {
    expect(key.every((byte) => byte === 0)).toBe(false);
  });

  test('for another operation, fleet or recipient is refused', async () => {
    for (const changes of [
      { errand: { ...ERRAND, operation: 'rotation/production/run-2' } },
      { errand: { ...ERRAND, fleet: 'staging' } },
      { recipient: 'ctl3' },
    ])
      expect(await refusal(delivery.open(changes))).toBe('envelope-misdirected');
  });

  test('of somebody whom nobody has approved is refused, by name and with what to do', async () => {
    const attempt = delivery.open({ approved: approvalsOf(target) });
    expect(await refusal(attempt)).toBe('recipient-unapproved');
    await expect(attempt).rejects.toThrow(`rotor recipient approve ctl1 ${holder.identity.fingerprint}`);
  });

  test('of an approved name with another key is refused', async () => {
    const impostor = await person('ctl1');
    const forged = await deliver(key, impostor, target);
    const attempt = forged.open({ approved: approvalsOf(holder, target) });
    expect(await refusal(attempt)).toBe('recipient-unapproved');
    await expect(attempt).rejects.toThrow('another key');
  });

  test('that somebody else signed over again is refused: the sender stands inside as well', async () => {
    const stolen = await sign(verifySigned(delivery.envelope).content, stranger.identity);
    const attempt = delivery.open({ envelope: stolen, approved: approvalsOf(stranger, target) });
    expect(await refusal(attempt)).toBe('envelope-misdirected');
  });

  test('with another key inside than it names is refused', async () => {
    const announced = await readAnnouncement(delivery.announcement, ERRAND, approvalsOf(target), 'ctl1');
    const header = {
      ...{ purpose: 'fernet-rotor/envelope/v1', ...ERRAND },
      ...{ sender: 'ctl1', recipient: 'ctl2', key: fingerprint(generateKey()) },
    };
    const content = Buffer.concat([Buffer.from(JSON.stringify(header)), Buffer.of(0), key]);
    const envelope = await sign(await encryptTo(announced.publicKey, content), holder.identity);
    expect(await refusal(delivery.open({ envelope }))).toBe('envelope-malformed');
  });

  test('of an earlier placement is refused: its fresh key is gone', async () => {
    const old = await deliver(key, holder, target);
    const next = await deliver(key, holder, target);
    target.freshKeys.destroy(old.freshId);
    expect(target.freshKeys.privateKeyOf(old.freshId, ERRAND)).toBeNull();
    expect(await refusal(next.open({ envelope: old.envelope }))).toBe('key-unavailable');
  });

  test('is not opened by a fresh key of another operation', () => {
    expect(target.freshKeys.privateKeyOf(delivery.freshId, { ...ERRAND, operation: 'other' })).toBeNull();
  });
});

describe('an announcement', () => {
  const read = (der: Buffer, errand = ERRAND) => readAnnouncement(der, errand, approvalsOf(target), 'ctl1');

  test('of an approved recipient for this operation is taken', async () => {
    expect(await read(delivery.announcement)).toMatchObject({ recipient: 'ctl2' });
  });

  test('for another operation or fleet is refused: nothing is sealed to an old key', async () => {
    for (const change of [{ operation: 'other' }, { fleet: 'other' }])
      expect(await refusal(read(delivery.announcement, { ...ERRAND, ...change }))).toBe(
        'envelope-misdirected',
      );
  });

  test('of somebody whom nobody has approved is refused', async () => {
    const { publicKey } = await stranger.freshKeys.make(ERRAND);
    expect(await refusal(read(await announce(ERRAND, publicKey, stranger.identity)))).toBe(
      'recipient-unapproved',
    );
  });

  test('and an envelope are not taken for each other', async () => {
    expect(await refusal(delivery.open({ envelope: delivery.announcement }))).toBe('key-unavailable');
    expect(await refusal(read(await sealedBy(target)))).toBe('envelope-malformed');
  });

  async function sealedBy(sender: Person): Promise<Buffer> {
    const announced = await read(delivery.announcement);
    return seal(key, ERRAND, announced, sender.identity);
  }
});
