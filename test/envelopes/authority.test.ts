import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Certificate } from 'pkijs';
import { announce, readAnnouncement } from '../../envelopes/announcement.js';
import { complaintOf, readAuthorities } from '../../envelopes/authority.js';
import { EnvelopeError } from '../../envelopes/envelope-error.js';
import { readIdentity, readReturned, requestCertificate } from '../../envelopes/identity.js';
import type { ApprovedRecipients } from '../../envelopes/recipients.js';
import { runCommand } from '../../lab/commands.js';
import { ERRAND, approvalsOf, deliver, person, type Person } from '../../lab/people.js';
import { generateKey } from '../../keys/key.js';
import {
  certificateAuthority,
  signedBy,
  type CertificateAuthority,
  type Leaf,
} from '../../lab/certificate-authority.js';

let authority: CertificateAuthority;
let other: CertificateAuthority;
let node: Person;
let request: string;

beforeAll(async () => {
  [authority, other] = [await certificateAuthority('Rotor CA'), await certificateAuthority('Other CA')];
  node = await person('ctl2');
  request = await requestCertificate(node.identity);
});
afterAll(() => {
  authority.remove();
  other.remove();
});

const byAuthority = (changes: Partial<ApprovedRecipients> = {}): ApprovedRecipients => ({
  ...{ fingerprints: {}, retired: [], authorities: readAuthorities(authority.certificate, 'ca.pem') },
  ...changes,
});

/** The same person under a certificate that a CA made. */
async function signed(leaf: Partial<Leaf> = {}, by = authority): Promise<Person> {
  const certificate = await by.sign({ request, ...leaf });
  const files = { ...node.files, certificate };
  return { ...node, files, identity: await readIdentity(files, 'ctl2') };
}

async function announcementOf({ identity, freshKeys }: Person): Promise<Buffer> {
  return announce(ERRAND, (await freshKeys.make(ERRAND)).publicKey, identity);
}

async function refusal(who: Person, approved = byAuthority()): Promise<string> {
  const error: unknown = await readAnnouncement(await announcementOf(who), ERRAND, approved, 'ctl1').catch(
    (reason: unknown) => reason,
  );
  if (!(error instanceof EnvelopeError)) throw new Error('not refused', { cause: error });
  expect(error.code).toBe('recipient-unapproved');
  expect(error.message).toContain('ctl2');
  return error.message;
}

test('`openssl` finds the name, the key usage and a good signature in the request', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'rotor-request-'));
  const file = join(directory, 'request.csr');
  writeFileSync(file, request);
  const text = await runCommand('openssl', ['req', '-in', file, '-noout', '-text', '-verify']);
  rmSync(directory, { recursive: true });
  for (const said of ['CN = ctl2', 'DNS:ctl2', 'Digital Signature']) expect(text).toContain(said);
});

describe('a recipient that a configured CA signed', () => {
  test('is accepted by both ends, approved by nobody', async () => {
    const recipient = await signed();
    const sender = await person('ctl1');
    const { freshKeys } = recipient;
    const approved = byAuthority({ fingerprints: approvalsOf(sender).fingerprints });
    const { id, publicKey } = await freshKeys.make(ERRAND);
    const announcement = await announce(ERRAND, publicKey, recipient.identity);
    expect(await readAnnouncement(announcement, ERRAND, approved, 'ctl1')).toMatchObject({
      recipient: 'ctl2',
    });
    freshKeys.destroy(id);
    const back = await deliver(generateKey(), recipient, sender, approved);
    expect(await back.open({ approved })).toMatchObject({ sender: 'ctl2' });
  });

  test('is accepted by the fingerprint of its key as well, where the CA is known', async () => {
    const recipient = await signed({ endsAt: '20200102000000Z', startsAt: '20200101000000Z' });
    const { fingerprints } = approvalsOf(node);
    const announcement = await announcementOf(recipient);
    const read = (approved: ApprovedRecipients) => readAnnouncement(announcement, ERRAND, approved, 'ctl1');
    expect(await read(byAuthority({ fingerprints }))).toMatchObject({ recipient: 'ctl2' });
    await expect(read({ fingerprints, authorities: [], retired: [] })).rejects.toThrow('add that CA');
  });

  const USAGE = 'keyUsage = critical,digitalSignature';
  test.each<[string, Partial<Leaf>, string]>([
    ['ended', { startsAt: '20200101000000Z', endsAt: '20200102000000Z' }, 'have a new one signed'],
    ['not begun', { startsAt: '20900101000000Z', endsAt: '20910101000000Z' }, 'compare the clocks'],
    ['a CA itself', { extensions: [USAGE, 'basicConstraints = CA:TRUE'] }, 'without CA:TRUE'],
    ['without usage', { extensions: ['basicConstraints = CA:FALSE'] }, 'lacks the key usage'],
    ['of another usage', { extensions: ['keyUsage = keyAgreement'] }, 'lacks the key usage'],
    ['of other DNS names', { extensions: [USAGE, 'subjectAltName = DNS:ctl9'] }, 'DNS names'],
    ['critical for what is unknown', { extensions: [USAGE, '1.2.3.4 = critical,ASN1:NULL'] }, '1.2.3.4'],
  ])('is refused with a certificate that is %s', async (_, leaf, said) => {
    // `openssl ca` copies what the request has; the section's own takes its place only where the request has none.
    const bare = leaf.extensions ? await bareRequest() : request;
    expect(await refusal(await signed({ request: bare, ...leaf }))).toContain(said);
  });

  test('is refused when another CA signed it, or nobody did', async () => {
    expect(await refusal(await signed({}, other))).toContain('recipientAuthority.certificates');
    expect(await refusal(node)).toContain('rotor recipient approve ctl2');
  });

  test('is refused once it is retired, and where its name is approved with another key', async () => {
    const recipient = await signed();
    expect(await refusal(recipient, byAuthority({ retired: ['ctl2'] }))).toContain('retired');
    const fingerprints = { ctl2: 'f'.repeat(64) };
    expect(await refusal(recipient, byAuthority({ fingerprints }))).toContain('another key');
  });

  test('is refused with a flipped bit at any byte', async () => {
    const announcement = await announcementOf(await signed());
    const approved = byAuthority();
    const taken: number[] = [];
    for (let at = 0; at < announcement.length; at++) {
      const changed = Buffer.from(announcement);
      changed[at]! ^= 1 << (at % 8);
      const outcome: unknown = await readAnnouncement(changed, ERRAND, approved, 'ctl1').catch(
        (error: unknown) => error,
      );
      if (!(outcome instanceof EnvelopeError)) taken.push(at);
    }
    expect(taken).toEqual([]);
  });

  async function bareRequest(): Promise<string> {
    const directory = mkdtempSync(join(tmpdir(), 'rotor-request-'));
    const at = (name: string) => join(directory, name);
    writeFileSync(at('key'), node.files.privateKey, { mode: 0o600 });
    await runCommand('openssl', ['req', '-new', '-key', at('key'), '-subj', '/CN=ctl2', '-out', at('csr')]);
    const text = await runCommand('openssl', ['req', '-in', at('csr')]);
    rmSync(directory, { recursive: true });
    return text;
  }
});

test('a certificate that OpenSSL takes and RFC 5280 does not know is refused', async () => {
  const body = Buffer.from(Certificate.fromBER((await signed()).identity.x509.raw).tbsView);
  // The last part of a body, RFC 5280, 4.1: [3], its length, and a sequence, which becomes one that holds no others.
  const last = body.findIndex((byte, at) => byte === 0xa3 && body[at + 1] === body.length - at - 2);
  expect(body[last + 2]).toBe(0x30);
  body[last + 2] = 0x10;
  const { x509 } = readReturned(signedBy(authority.privateKey, body))!;
  const complaint = complaintOf(x509, readAuthorities(authority.certificate, 'ca.pem'), new Date());
  expect(complaint).toContain('RFC 5280');
});

test('a file of authorities that has none, or one that is no CA, is refused', () => {
  for (const pem of ['', node.files.certificate])
    expect(() => readAuthorities(pem, 'ca.pem')).toThrow('recipientAuthority.certificates');
});
