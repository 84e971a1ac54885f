/** `rotor recipient …`: long-term key pairs of workers and pull nodes, and whom this machine takes for approved. */
import type { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { approve as writeApproval, retire as removeApproval } from '../../configuration/approvals.js';
import {
  identityPaths,
  readIdentityFiles,
  writeCertificate,
  writeIdentityFiles,
} from '../../configuration/identity-files.js';
import { findConfiguration, loadConfiguration, type Configuration } from '../../configuration/load.js';
import { RECIPIENT_NAME } from '../../configuration/schema.js';
import { authoritiesIn, complaintOf } from '../../envelopes/authority.js';
import { EnvelopeError } from '../../envelopes/envelope-error.js';
import {
  isSignedByItself,
  makeIdentity,
  readIdentity,
  readReturned,
  requestCertificate,
  type Identity,
} from '../../envelopes/identity.js';
import { approvedRecipients, standingOf } from '../../envelopes/recipients.js';
import { EXIT, UserError, usageError } from '../errors.js';
import { confirm, show, type GlobalOptions, type Io, type ListOptions } from '../output.js';
import { checkColumns, showList, textTable } from '../table.js';

export interface NewOptions extends GlobalOptions {
  readonly replace?: boolean;
}

const FINGERPRINT = /^[0-9a-f]{64}$/;

/** Makes this machine's key pair. Its private half never leaves. */
export async function create(io: Io, name: string, options: NewOptions): Promise<number> {
  if (!RECIPIENT_NAME.test(name))
    throw usageError(`${name} is no name of letters, digits, \`.\`, \`_\` and \`-\``);
  const config = await findConfiguration(options.config);
  const paths = identityPaths(config);
  if (!options.replace && (await readIdentityFiles(config)) !== null)
    throw new UserError(
      'exists',
      `${paths.privateKey} exists already; --replace makes a new one in its place`,
    );
  await writeIdentityFiles(config, await makeIdentity(name, new Date()));
  const { fingerprint } = (await ownIdentity(config))!;
  show(io, options, { name, fingerprint, ...paths }, () =>
    [
      `made ${paths.privateKey} and ${paths.certificate}`,
      `  ${name}  ${fingerprint}`,
      `on every other machine, after comparing: rotor recipient approve ${name} ${fingerprint}`,
    ].join('\n'),
  );
  return EXIT.done;
}

/** Who this machine is. */
export async function showOwn(io: Io, options: GlobalOptions): Promise<number> {
  const config = await findConfiguration(options.config);
  const own = await demandIdentity(config);
  const { name, fingerprint } = own;
  const { approved, by, until } = await ownStanding(own, await loadConfiguration(config));
  const ends = until === null ? '' : `; its certificate ends at ${until}`;
  show(
    io,
    options,
    { name, fingerprint, approved, by, until },
    () => `${name}  ${fingerprint}  ${by}${ends}`,
  );
  return EXIT.done;
}

interface OwnStanding {
  readonly approved: boolean;
  /** In words: by what this machine is accepted, or why not. */
  readonly by: string;
  /** When its certificate ends; null when no CA signed it. */
  readonly until: string | null;
}

/** Whether this machine would accept itself. */
async function ownStanding(
  { name, fingerprint, x509 }: Identity,
  configuration: Configuration,
): Promise<OwnStanding> {
  const until = isSignedByItself(x509) ? null : endOf(x509);
  try {
    const approved = await approvedRecipients(configuration);
    const standing = standingOf({ name, fingerprint, certificate: x509 }, approved);
    const by = standing.is === 'badly-signed' ? standing.complaint : WORDS[standing.is];
    return { approved: standing.is === 'approved' || standing.is === 'signed', by, until };
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    return { approved: false, by: error.message, until };
  }
}

const WORDS = {
  approved: 'approved here',
  signed: 'signed by a CA of this rotor.yaml',
  'of-another-key': 'not approved here: another key of this name is',
  'of-unknown-authority':
    'its key is approved here, but its certificate is of a CA that recipientAuthority does not have; add that CA',
  retired: 'retired here',
  unapproved: 'not approved here',
};

/** A certificate signing request for this machine's key, whose private half stays. */
export async function request(io: Io, options: GlobalOptions): Promise<number> {
  const own = await demandIdentity(await findConfiguration(options.config));
  const pem = await requestCertificate(own);
  show(io, options, { name: own.name, fingerprint: own.fingerprint, request: pem }, () => pem.trimEnd());
  return EXIT.done;
}

/** Takes the certificate that a CA made of this machine's request. */
export async function install(io: Io, file: string, options: GlobalOptions): Promise<number> {
  const config = await findConfiguration(options.config);
  const own = await demandIdentity(config);
  const { recipientAuthority } = await loadConfiguration(config);
  if (!recipientAuthority)
    throw new UserError(
      'no-authority',
      `${config} has no recipientAuthority; say there which CA signs recipients`,
    );
  const certificate = await returnedCertificate(file);
  if (certificate.name !== own.name)
    throw notInstalled(file, `it is for ${certificate.name}, and this machine is ${own.name}`);
  if (certificate.fingerprint !== own.fingerprint)
    throw notInstalled(file, 'it is of another key than identity.key');
  const complaint = complaintOf(
    certificate.x509,
    await authoritiesIn(recipientAuthority.certificates),
    new Date(),
  );
  if (complaint !== null) throw notInstalled(file, complaint);
  await writeCertificate(config, certificate.x509.toString());
  const until = endOf(certificate.x509);
  const path = identityPaths(config).certificate;
  show(
    io,
    options,
    { name: own.name, fingerprint: own.fingerprint, until, certificate: path },
    () => `installed ${path}, which ends at ${until}; every machine has to know the same CA`,
  );
  return EXIT.done;
}

async function returnedCertificate(file: string) {
  const pem = await readFile(file, 'latin1').catch((error: NodeJS.ErrnoException) => {
    throw new UserError('unreadable', `${file} can't be read (${error.code})`);
  });
  const found = readReturned(pem);
  if (found) return found;
  throw notInstalled(file, 'it is no certificate in PEM of a key on P-256 with one common name');
}

function notInstalled(file: string, why: string): UserError {
  return new UserError(
    'not-installed',
    `${file} is not installed: ${why}; \`rotor recipient request\` makes what is to be signed`,
  );
}

/** ISO 8601, UTC. */
function endOf({ validTo }: X509Certificate): string {
  return new Date(validTo).toISOString();
}

async function demandIdentity(config: string): Promise<Identity> {
  const own = await ownIdentity(config);
  if (own) return own;
  throw new UserError(
    'identity-missing',
    `no ${identityPaths(config).privateKey}; \`rotor recipient new NAME\` makes it`,
  );
}

const COLUMNS = ['Name', 'Fingerprint', 'This machine'];

/** Whom this machine takes keys from and gives keys to. */
export async function list(io: Io, options: GlobalOptions & ListOptions): Promise<number> {
  checkColumns(options, COLUMNS);
  const config = await findConfiguration(options.config);
  const { recipients, recipientAuthority } = await loadConfiguration(config);
  const own = (await ownIdentity(config))?.fingerprint;
  const found = Object.entries(recipients).map(([name, fingerprint]) => ({
    name,
    fingerprint,
    isThisMachine: fingerprint === own,
  }));
  const rows = found.map((each) => [each.name, each.fingerprint, each.isThisMachine ? 'yes' : 'no']);
  const authority = recipientAuthority && {
    certificates: (await authoritiesIn(recipientAuthority.certificates)).map((each) => ({
      name: each.subject.replaceAll('\n', ', '),
      until: endOf(each),
    })),
    retired: recipientAuthority.retired,
  };
  const ofAuthority = authority
    ? [
        ...authority.certificates.map(({ name, until }) => `whoever ${name} has signed (until ${until})`),
        ...authority.retired.map((name) => `not ${name}, who was retired`),
      ]
    : [];
  showList(io, options, {
    document: { recipients: found, ...(authority && { authority }) },
    text: () =>
      [
        rows.length === 0 ? 'nobody is approved by fingerprint' : textTable([COLUMNS, ...rows]),
        ...ofAuthority,
      ].join('\n'),
    list: () => ({ columns: COLUMNS, rows }),
  });
  return EXIT.done;
}

/** Accepts a public key from now on, in place of whichever that name had. */
export async function approve(
  io: Io,
  name: string,
  fingerprint: string,
  options: GlobalOptions,
): Promise<number> {
  if (!RECIPIENT_NAME.test(name))
    throw usageError(`${name} is no name of letters, digits, \`.\`, \`_\` and \`-\``);
  if (!FINGERPRINT.test(fingerprint))
    throw usageError('a fingerprint has 64 hex digits, as `rotor recipient show` prints them');
  const config = await findConfiguration(options.config);
  const before = (await loadConfiguration(config)).recipients[name];
  const question =
    before === undefined || before === fingerprint
      ? `Give keys of this fleet to ${name} (${fingerprint}), and take them from there?`
      : `${name} was approved with another key (${before}). Take ${fingerprint} in its place?`;
  if (!(await confirm(io, options, question))) return EXIT.done;
  await writeApproval(config, name, fingerprint);
  show(
    io,
    options,
    { name, fingerprint, file: config },
    () => `approved ${name} in ${config}; do the same on every machine`,
  );
  return EXIT.done;
}

/** Takes an approval back. */
export async function retire(io: Io, name: string, options: GlobalOptions): Promise<number> {
  if (!RECIPIENT_NAME.test(name))
    throw usageError(`${name} is no name of letters, digits, \`.\`, \`_\` and \`-\``);
  const config = await findConfiguration(options.config);
  const { recipients, recipientAuthority } = await loadConfiguration(config);
  if (recipients[name] === undefined && !recipientAuthority)
    throw new UserError('not-approved', `nobody called ${name} is approved in ${config}`);
  if (!(await confirm(io, options, `Give no more keys to ${name}, and take none from there?`)))
    return EXIT.done;
  await removeApproval(config, name, recipientAuthority !== undefined);
  show(
    io,
    options,
    { name, file: config },
    () => `retired ${name} in ${config}; do the same on every machine`,
  );
  return EXIT.done;
}

async function ownIdentity(config: string): Promise<Identity | null> {
  const files = await readIdentityFiles(config);
  return files && readIdentity(files, identityPaths(config).privateKey);
}
