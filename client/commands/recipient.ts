/** `rotor recipient …`: long-term key pairs of workers and pull nodes, and whom this machine takes for approved. */
import { approve as writeApproval, retire as removeApproval } from '../../configuration/approvals.js';
import { identityPaths, readIdentityFiles, writeIdentityFiles } from '../../configuration/identity-files.js';
import { findConfiguration, loadConfiguration } from '../../configuration/load.js';
import { RECIPIENT_NAME } from '../../configuration/schema.js';
import { makeIdentity, readIdentity, type Identity } from '../../envelopes/identity.js';
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
  const own = await ownIdentity(config);
  if (!own)
    throw new UserError(
      'identity-missing',
      `no ${identityPaths(config).privateKey}; \`rotor recipient new NAME\` makes it`,
    );
  const { name, fingerprint } = own;
  const isApproved = (await loadConfiguration(config)).recipients[name] === fingerprint;
  show(
    io,
    options,
    { name, fingerprint, approved: isApproved },
    () => `${name}  ${fingerprint}  ${isApproved ? 'approved here' : 'not approved here'}`,
  );
  return EXIT.done;
}

const COLUMNS = ['Name', 'Fingerprint', 'This machine'];

/** Whom this machine takes keys from and gives keys to. */
export async function list(io: Io, options: GlobalOptions & ListOptions): Promise<number> {
  checkColumns(options, COLUMNS);
  const config = await findConfiguration(options.config);
  const { recipients } = await loadConfiguration(config);
  const own = (await ownIdentity(config))?.fingerprint;
  const found = Object.entries(recipients).map(([name, fingerprint]) => ({
    name,
    fingerprint,
    isThisMachine: fingerprint === own,
  }));
  const rows = found.map((each) => [each.name, each.fingerprint, each.isThisMachine ? 'yes' : 'no']);
  showList(io, options, {
    document: { recipients: found },
    text: () => (rows.length === 0 ? 'nobody is approved' : textTable([COLUMNS, ...rows])),
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
  const config = await findConfiguration(options.config);
  const { recipients } = await loadConfiguration(config);
  if (recipients[name] === undefined)
    throw new UserError('not-approved', `nobody called ${name} is approved in ${config}`);
  if (!(await confirm(io, options, `Give no more keys to ${name}, and take none from there?`)))
    return EXIT.done;
  await removeApproval(config, name);
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
