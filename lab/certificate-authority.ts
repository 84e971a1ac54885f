/** A certificate authority made with `openssl`, as an operator's own would be. */
import { createSign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pemOf } from '../envelopes/identity.js';
import { runCommand } from './commands.js';

export interface Leaf {
  readonly request: string;
  /** Lines of an OpenSSL section of extensions; default: those of the request. */
  readonly extensions?: readonly string[];
  /** As `openssl ca` takes them. */
  readonly startsAt?: string;
  readonly endsAt?: string;
}

export interface CertificateAuthority {
  /** PEM. */
  readonly certificate: string;
  readonly file: string;
  /** PKCS #8 in PEM. */
  readonly privateKey: string;
  sign(leaf: Leaf): Promise<string>;
  remove(): void;
}

export async function certificateAuthority(name: string): Promise<CertificateAuthority> {
  const directory = mkdtempSync(join(tmpdir(), 'rotor-ca-'));
  const at = (file: string) => join(directory, file);
  const openssl = (...args: string[]) => runCommand('openssl', args);
  const isCa = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at('ca.key')];
  await openssl(
    'req',
    '-x509',
    ...key,
    ...isCa,
    '-days',
    '30',
    '-subj',
    `/O=Example/CN=${name}`,
    '-out',
    at('ca.crt'),
  );
  writeFileSync(at('index'), '');
  writeFileSync(
    at('ca.cnf'),
    [
      '[ca]\ndefault_ca = own',
      `[own]\ndatabase = ${at('index')}\nnew_certs_dir = ${directory}\nrand_serial = yes\ndefault_md = sha256`,
      'policy = any\nunique_subject = no\ncopy_extensions = copy\ndefault_days = 10',
      '[any]\ncommonName = supplied',
    ].join('\n'),
  );
  return {
    certificate: readFileSync(at('ca.crt'), 'ascii'),
    file: at('ca.crt'),
    privateKey: readFileSync(at('ca.key'), 'ascii'),
    sign: async ({ request, extensions, startsAt, endsAt }) => {
      writeFileSync(at('leaf.csr'), request);
      writeFileSync(at('leaf.ext'), (extensions ?? []).join('\n'));
      const dates = [
        ...(startsAt === undefined ? [] : ['-startdate', startsAt]),
        ...(endsAt === undefined ? [] : ['-enddate', endsAt]),
      ];
      const ca = [
        '-config',
        at('ca.cnf'),
        '-cert',
        at('ca.crt'),
        '-keyfile',
        at('ca.key'),
        '-batch',
        '-notext',
      ];
      const own = extensions === undefined ? [] : ['-extfile', at('leaf.ext')];
      await openssl('ca', ...ca, ...own, ...dates, '-in', at('leaf.csr'), '-out', at('leaf.crt'));
      return readFileSync(at('leaf.crt'), 'ascii');
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** RFC 5758, 3.2: ecdsa-with-SHA256. */
const SIGNATURE_ALGORITHM = Buffer.from('300a06082a8648ce3d040302', 'hex');

/** A certificate with a good signature over whatever stands in it, so that everything behind that question is reached. */
export function signedBy(privateKey: string, body: Buffer): string {
  const value = Buffer.concat([Buffer.of(0), createSign('SHA256').update(body).sign(privateKey)]);
  const parts = [body, SIGNATURE_ALGORITHM, tagged(BIT_STRING, value)];
  return pemOf('CERTIFICATE', tagged(SEQUENCE, Buffer.concat(parts)));
}

const BIT_STRING = 0x03;
const SEQUENCE = 0x30;

/** DER with a length of four bytes: longer than need be, as DER has it, but OpenSSL takes it. */
function tagged(tag: number, content: Buffer): Buffer {
  const head = Buffer.of(tag, 0x84, 0, 0, 0, 0);
  head.writeUInt32BE(content.length, 2);
  return Buffer.concat([head, content]);
}
