import { randomInt } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { readAnnouncement } from '../../envelopes/announcement.js';
import { EnvelopeError } from '../../envelopes/envelope-error.js';
import { generateKey } from '../../keys/key.js';
import { ERRAND, approvalsOf, deliver, person, type Delivery, type Person } from '../../lab/people.js';

let target: Person;
let delivery: Delivery;

beforeAll(async () => {
  const holder = await person('ctl1');
  target = await person('ctl2');
  delivery = await deliver(generateKey(), holder, target);
});

/** Positions at which a message with a bit flipped was taken, or failed with something else than an error of ours. */
async function taken(der: Buffer, read: (changed: Buffer) => Promise<unknown>) {
  const found: { byte: number; bit: number }[] = [];
  for (let byte = 0; byte < der.length; byte++) {
    const bit = randomInt(8);
    const changed = Buffer.from(der);
    changed[byte]! ^= 1 << bit;
    const outcome: unknown = await read(changed).catch((error: unknown) => error);
    if (!(outcome instanceof EnvelopeError)) found.push({ byte, bit });
  }
  return found;
}

describe('a flipped bit is refused', () => {
  test('at every byte of an envelope', async () => {
    expect(await taken(delivery.envelope, (envelope) => delivery.open({ envelope }))).toEqual([]);
  });

  test('at every byte of an announcement', async () => {
    const read = (der: Buffer) => readAnnouncement(der, ERRAND, approvalsOf(target), 'ctl1');
    expect(await taken(delivery.announcement, read)).toEqual([]);
  });

  test('and so is a message that was cut, or has something behind it', async () => {
    const { envelope } = delivery;
    for (let length = 0; length < envelope.length; length += 7)
      await expect(delivery.open({ envelope: envelope.subarray(0, length) })).rejects.toThrow(EnvelopeError);
    const longer = Buffer.concat([envelope, Buffer.of(0)]);
    await expect(delivery.open({ envelope: longer })).rejects.toThrow(EnvelopeError);
  });
});
