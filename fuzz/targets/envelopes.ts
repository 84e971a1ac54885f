/** Envelopes and announcements: bytes, and what an approved sender may have signed. */
import { X509Certificate, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { Certificate, Extension } from 'pkijs';
import { announcedIn, readAnnouncement } from '../../envelopes/announcement.js';
import { complaintOf, readAuthorities } from '../../envelopes/authority.js';
import { EnvelopeError } from '../../envelopes/envelope-error.js';
import { keyIn } from '../../envelopes/envelope.js';
import { readReturned, requestCertificate } from '../../envelopes/identity.js';
import { fingerprint } from '../../keys/key.js';
import { certificateAuthority, signedBy } from '../../lab/certificate-authority.js';
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
  const readIt = (der: Buffer) => readAnnouncement(der, ERRAND, approved, 'ctl1').then(() => undefined);
  const openIt = (envelope: Buffer) => delivery.open({ envelope }).then(({ key }) => void key.fill(0));
  return { delivery, readIt, openIt };
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

interface Claim {
  readonly extnID: string;
  readonly critical: boolean;
  readonly extnValue: Buffer;
}

/** Extensions as the example has them, and others: what they hold is changed, and the certificate around them is whole. */
function claims(example: Certificate): fc.Arbitrary<Claim[]> {
  const { extensions = [] } = example;
  const values = extensions.map(({ extnValue }) => Buffer.from(extnValue.valueBlock.valueHexView));
  const ids = [...extensions.map(({ extnID }) => extnID), '2.5.29.19', '2.5.29.37', '1.2.3'];
  const claim = fc.record<Claim>({
    extnID: fc.constantFrom(...ids),
    critical: fc.boolean(),
    extnValue: fc.oneof(fc.constantFrom(...values), bytes(values)),
  });
  // OpenSSL takes none that has one twice.
  return fc.uniqueArray(claim, { maxLength: 4, selector: ({ extnID }) => extnID });
}

function bodyWith(example: Certificate, claimed: readonly Claim[]): Buffer {
  const changed = Certificate.fromBER(example.toSchema().toBER());
  changed.extensions = claimed.map(
    (each) => new Extension({ ...each, extnValue: new Uint8Array(each.extnValue).buffer }),
  );
  return Buffer.from(changed.encodeTBS().toBER());
}

const certificate = target<string>({
  name: 'certificate',
  reads: 'a certificate that a CA sent back, and the file of CAs',
  costs: 20,
  prepare: async (): Promise<Prepared<string>> => {
    const [{ identity }, ca] = [await person('ctl1'), await certificateAuthority('Rotor CA')];
    const pem = await ca.sign({ request: await requestCertificate(identity) });
    const authorities = readAuthorities(ca.certificate, 'ca.pem');
    const example = Certificate.fromBER(new X509Certificate(pem).raw);
    const body = Buffer.from(example.tbsView);
    const signed = (changed: Buffer) => signedBy(ca.privateKey, changed);
    const words = ['-----BEGIN CERTIFICATE-----', '=', '\n'];
    return {
      inputs: fc.oneof(
        { weight: 3, arbitrary: claims(example).map((claimed) => signed(bodyWith(example, claimed))) },
        { weight: 2, arbitrary: bytes([body]).map(signed) },
        { weight: 1, arbitrary: texts([pem, ca.certificate, `${pem}${ca.certificate}`], words) },
      ),
      read: (text) => {
        const returned = readReturned(text);
        if (returned) return complaintOf(returned.x509, authorities, new Date());
        readAuthorities(text, 'ca.pem');
        return null;
      },
      isTyped,
      close: () => Promise.resolve(ca.remove()),
    };
  },
});

const HEADER = {
  purpose: 'fernet-rotor/envelope/v1',
  ...ERRAND,
  sender: 'ctl1',
  recipient: 'ctl2',
  key: fingerprint(KEY),
};
const ANNOUNCED = {
  purpose: 'fernet-rotor/announcement/v1',
  ...ERRAND,
  recipient: 'ctl1',
  publicKey: generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  }).publicKey.toString('base64'),
};

const content = target<readonly [string, 'envelope' | 'announcement', boolean]>({
  name: 'content',
  reads: 'what somebody who was approved has signed and encrypted',
  costs: 2,
  prepare: () => ({
    inputs: fc.tuple(
      jsonTexts([HEADER, ANNOUNCED]),
      fc.constantFrom('envelope', 'announcement'),
      fc.boolean(),
    ),
    read: async ([text, kind, hasKey]) => {
      const said = Buffer.concat([Buffer.from(text), ...(hasKey ? [Buffer.of(0), KEY] : [])]);
      if (kind === 'envelope') keyIn(said, ERRAND, 'ctl2', 'ctl1').key.fill(0);
      else await announcedIn(said, ERRAND, 'ctl1', 'ctl2');
    },
    isTyped,
  }),
});

export const envelopeTargets = [envelope, announcement, certificate, content];
