import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { readAnnouncement } from '../../envelopes/announcement.js';
import { encryptTo } from '../../envelopes/auth-enveloped.js';
import { EnvelopeError } from '../../envelopes/envelope-error.js';
import { readIdentity } from '../../envelopes/identity.js';
import { sign } from '../../envelopes/signed.js';
import { generateKey } from '../../keys/key.js';
import { ERRAND, approvalsOf, deliver, person, type Delivery, type Person } from '../../lab/people.js';

/** A slice of what a long run would try. */
const RUNS = 150;

let holder: Person;
let target: Person;
let delivery: Delivery;

beforeAll(async () => {
  [holder, target] = [await person('ctl1'), await person('ctl2')];
  delivery = await deliver(generateKey(), holder, target);
});

const approved = () => approvalsOf(holder, target);
const readers = () => [
  (envelope: Buffer) => delivery.open({ envelope }),
  (der: Buffer) => readAnnouncement(der, ERRAND, approved(), 'ctl1'),
];

/** Some piece of a good message, repeated, cut out or put elsewhere. */
const mutated = () =>
  fc
    .tuple(
      fc.constantFrom(delivery.envelope, delivery.announcement),
      fc.nat(3_000),
      fc.nat(300),
      fc.nat(3_000),
    )
    .map(([der, from, length, to]) =>
      Buffer.concat([
        der.subarray(0, to % der.length),
        der.subarray(from % der.length, (from % der.length) + length),
        der.subarray(Math.min(der.length, (to % der.length) + (from % 2) * length)),
      ]),
    )
    .filter((der) => !der.equals(delivery.envelope) && !der.equals(delivery.announcement));

/** DER of nothing sensible: tags, lengths and nesting. */
const nested = fc
  .integer({ min: 1, max: 8_000 })
  .map((depth) => Buffer.alloc(depth * 2, Buffer.of(0x30, 0x80)));

async function isRefused(read: (der: Buffer) => Promise<unknown>, der: Buffer): Promise<void> {
  await expect(read(der)).rejects.toThrow(EnvelopeError);
}

test('bytes of any kind are refused with an error of ours', async () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 4_000 }).map((bytes) => Buffer.from(bytes)),
    mutated(),
    nested,
  );
  for (const read of readers())
    await fc.assert(
      fc.asyncProperty(anything, (der) => isRefused(read, der)),
      { numRuns: RUNS },
    );
});

test('a well signed and encrypted message with any content is refused with an error of ours', async () => {
  const { identity } = holder;
  const { publicKey } = await readAnnouncement(delivery.announcement, ERRAND, approved(), 'ctl1');
  const contents = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.concat([Buffer.from(text), Buffer.alloc(33)])),
    fc.json().map((text) => Buffer.from(text)),
  );
  const [openIt, readIt] = readers();
  await fc.assert(
    fc.asyncProperty(contents, async (content) => {
      await isRefused(openIt!, await sign(await encryptTo(publicKey, content), identity));
      await isRefused(openIt!, await sign(content, identity));
      await isRefused(readIt!, await sign(content, identity));
    }),
    { numRuns: RUNS / 3 },
  );
});

test('files that are no identity are refused with an error of ours', async () => {
  const { files } = holder;
  const other = target.files;
  for (const [privateKey, certificate] of [
    ['', ''],
    [files.privateKey, other.certificate],
    [files.certificate, files.privateKey],
    [files.privateKey, `${files.certificate.slice(0, 200)}`],
  ] as const)
    await expect(readIdentity({ privateKey, certificate }, 'ctl1')).rejects.toThrow(
      'ctl1: these are not a private key',
    );
});
