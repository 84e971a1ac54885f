/** Envelopes and announcements: bytes, and what an approved sender may have signed. */
import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { readAnnouncement } from '../../envelopes/announcement.js';
import { encryptTo } from '../../envelopes/auth-enveloped.js';
import { complaintOf, readAuthorities } from '../../envelopes/authority.js';
import { EnvelopeError } from '../../envelopes/envelope-error.js';
import { pemOf, readReturned } from '../../envelopes/identity.js';
import { sign } from '../../envelopes/signed.js';
import { ERRAND, approvalsOf, deliver, person } from '../../lab/people.js';
import { bytes, jsonTexts, texts } from '../inputs.js';
import { PLANTED_KEYS } from '../planted.js';
import { target, type Prepared } from '../target.js';

const KEY = PLANTED_KEYS[0]!;
const isTyped = (error: unknown) => error instanceof EnvelopeError;

/** DER of nothing sensible: tags, lengths and nesting. */
const nested = fc
  .integer({ min: 1, max: 8_000 })
  .map((depth) => Buffer.alloc(depth * 2, Buffer.of(0x30, 0x80)));

async function scene() {
  const [sender, recipient] = [await person('ctl1'), await person('ctl2')];
  const delivery = await deliver(KEY, sender, recipient);
  const approved = approvalsOf(sender, recipient);
  const announced = await readAnnouncement(delivery.announcement, ERRAND, approved, 'ctl1');
  const readIt = (der: Buffer) => readAnnouncement(der, ERRAND, approved, 'ctl1').then(() => undefined);
  const openIt = (envelope: Buffer) => delivery.open({ envelope }).then(({ key }) => void key.fill(0));
  return { sender, delivery, announced, readIt, openIt };
}

const envelope = target<Buffer>({
  name: 'envelope',
  reads: 'an envelope',
  costs: 40,
  prepare: async (): Promise<Prepared<Buffer>> => {
    const { delivery, openIt } = await scene();
    const inputs = fc.oneof(
      { weight: 9, arbitrary: bytes([delivery.envelope, delivery.announcement]) },
      { weight: 1, arbitrary: nested },
    );
    return { inputs, read: openIt, isTyped };
  },
});

const announcement = target<Buffer>({
  name: 'announcement',
  reads: 'the announcement of a fresh key',
  costs: 40,
  prepare: async (): Promise<Prepared<Buffer>> => {
    const { delivery, readIt } = await scene();
    const inputs = fc.oneof(
      { weight: 9, arbitrary: bytes([delivery.announcement, delivery.envelope]) },
      { weight: 1, arbitrary: nested },
    );
    return { inputs, read: readIt, isTyped };
  },
});

const certificate = target<string>({
  name: 'certificate',
  reads: 'a certificate that a CA sent back, and the file of CAs',
  costs: 20,
  prepare: async (): Promise<Prepared<string>> => {
    const { sender } = await scene();
    const { certificate: pem } = sender.files;
    const authority = new X509Certificate(pem);
    // A certificate by itself is its own issuer, so that everything behind that question is reached as well.
    const der = bytes([authority.raw])
      .filter(({ length }) => length > 0)
      .map((raw) => pemOf('CERTIFICATE', raw));
    return {
      inputs: fc.oneof(der, texts([pem, `${pem}${pem}`], ['-----BEGIN CERTIFICATE-----', '=', '\n'])),
      read: (text) => {
        const returned = readReturned(text);
        if (returned) complaintOf(returned.x509, [returned.x509, authority], new Date());
        readAuthorities(text, 'ca.pem');
      },
      isTyped,
    };
  },
});

const HEADER = {
  purpose: 'fernet-rotor/envelope/v1',
  ...ERRAND,
  sender: 'ctl1',
  recipient: 'ctl2',
  key: '0123456789abcdef',
};
const ANNOUNCED = {
  purpose: 'fernet-rotor/announcement/v1',
  ...ERRAND,
  recipient: 'ctl1',
  publicKey: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE',
};

const signedContent = target<readonly [string, 'envelope' | 'bare' | 'announcement', boolean]>({
  name: 'signed-content',
  reads: 'what somebody who was approved has signed and encrypted',
  costs: 200,
  prepare: async () => {
    const { sender, announced, readIt, openIt } = await scene();
    return {
      inputs: fc.tuple(
        jsonTexts([HEADER, ANNOUNCED]),
        fc.constantFrom('envelope', 'bare', 'announcement'),
        fc.boolean(),
      ),
      read: async ([text, kind, hasKey]) => {
        const content = Buffer.concat([Buffer.from(text), ...(hasKey ? [Buffer.of(0), KEY] : [])]);
        const inside = kind === 'envelope' ? await encryptTo(announced.publicKey, content) : content;
        const der = await sign(inside, sender.identity);
        return kind === 'announcement' ? readIt(der) : openIt(der);
      },
      isTyped,
    };
  },
});

export const envelopeTargets = [envelope, announcement, certificate, signedContent];
