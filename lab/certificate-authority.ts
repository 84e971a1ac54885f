/** A certificate authority made with `openssl`, as an operator's own would be. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
