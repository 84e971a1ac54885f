/**
 * Accounts as OpenStack's own clients find them: `clouds.yaml` with `secure.yaml`, or `OS_*` variables. The places and the
 * precedence are those of openstacksdk (openstack/config/loader.py): a cloud that is named is taken from the file alone.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ConfigurationError } from './configuration-error.js';
import { authOf, type CloudSettings } from './cloud-auth.js';
import { readYamlFile } from './yaml-file.js';

export interface CloudAccount {
  /** For messages. */
  readonly account: string;
  /** Identity API with its version: `https://192.0.2.11:5000/v3`. */
  readonly authUrl: string;
  /** The `auth` of `POST /v3/auth/tokens`; it holds the password. */
  readonly auth: Readonly<Record<string, unknown>>;
  readonly ca?: Buffer;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const EXTENSIONS = ['yaml', 'yml', 'json'];
/** Variables that say how to choose, and not who signs in. */
const NO_ACCOUNT = ['OS_CLOUD', 'OS_CLIENT_CONFIG_FILE', 'OS_CLIENT_SECURE_FILE', 'OS_CLIENT_VENDOR_FILE'];

/**
 * @param name of a cloud in `clouds.yaml`. Default: `OS_CLOUD`, else the account of the `OS_*` variables, else the only cloud of
 * the file
 * @throws ConfigurationError that names the file or variables
 */
export async function cloudAccount(
  name?: string,
  environment: Environment = process.env,
  folder: string = process.cwd(),
): Promise<CloudAccount> {
  const chosen = name ?? environment.OS_CLOUD;
  const variables = settingsOfVariables(environment);
  if (chosen === undefined && variables !== null)
    return accountOf(variables, 'the OS_* variables', 'OS_*', folder);
  const file = placesOf('clouds', 'OS_CLIENT_CONFIG_FILE', environment, folder).find(existsSync);
  if (file === undefined) {
    throw problem(
      'clouds.yaml',
      '',
      `${chosen ?? 'a cloud'} in clouds.yaml, or OS_* variables, got neither; it is looked for in ${folder}, ~/.config/openstack and /etc/openstack`,
    );
  }
  const secure = placesOf('secure', 'OS_CLIENT_SECURE_FILE', environment, folder).find(existsSync);
  const clouds = merge(await cloudsIn(file), secure === undefined ? {} : await cloudsIn(secure));
  const names = Object.keys(clouds);
  const cloud = chosen ?? (names.length === 1 ? names[0]! : undefined);
  const known = `its clouds are ${names.join(', ')}`;
  if (cloud === undefined)
    throw problem(file, 'clouds', `one to be chosen by \`cloud\` or OS_CLOUD; ${known}`);
  const settings = clouds[cloud];
  if (!isSection(settings)) throw problem(file, 'clouds', `one of the name ${cloud}; ${known}`);
  return accountOf(settings, file, `clouds.${cloud}`, dirname(file));
}

/** Where a file may be, the first that exists counts. */
function placesOf(stem: string, variable: string, environment: Environment, folder: string): string[] {
  const home = environment.HOME ?? homedir();
  const folders = [
    folder,
    join(environment.XDG_CONFIG_HOME ?? join(home, '.config'), 'openstack'),
    '/etc/openstack',
  ];
  const named = environment[variable];
  return [
    ...(named ? [resolve(folder, named)] : []),
    ...folders.flatMap((each) => EXTENSIONS.map((extension) => join(each, `${stem}.${extension}`))),
  ];
}

async function cloudsIn(file: string): Promise<Record<string, unknown>> {
  const { value } = await readYamlFile(file);
  const clouds = isSection(value) ? value.clouds : undefined;
  if (isSection(clouds)) return clouds;
  throw problem(file, 'clouds', 'a section of that name');
}

/** What `secure.yaml` says lies over what `clouds.yaml` says, section by section. */
function merge(below: Record<string, unknown>, above: Record<string, unknown>): Record<string, unknown> {
  const result = { ...below };
  for (const [field, value] of Object.entries(above)) {
    const under = result[field];
    result[field] = isSection(under) && isSection(value) ? merge(under, value) : value;
  }
  return result;
}

/** `OS_AUTH_URL` is `auth_url`; null where no variable says anything of an account. */
function settingsOfVariables(environment: Environment): Record<string, unknown> | null {
  const entries = Object.entries(environment).filter(
    ([variable, value]) => variable.startsWith('OS_') && !NO_ACCOUNT.includes(variable) && value,
  );
  if (entries.length === 0) return null;
  return Object.fromEntries(entries.map(([variable, value]) => [variable.slice(3).toLowerCase(), value]));
}

function accountOf(
  settings: Record<string, unknown>,
  file: string,
  at: string,
  folder: string,
): CloudAccount {
  const { auth: nested, ...top } = settings;
  const flat = { ...top, ...(isSection(nested) ? nested : {}) };
  const texts = Object.fromEntries(
    Object.entries(flat).flatMap(([field, value]) =>
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? [[field.replaceAll('-', '_'), `${value}`]]
        : [],
    ),
  );
  const fail = (field: string, expected: string) => problem(file, `${at}.${field}`, expected);
  return { ...authOf(texts, fail), authUrl: authUrlOf(texts, fail), ...caOf(texts, fail, folder) };
}

type Fail = (field: string, expected: string) => ConfigurationError;

/** Clients ask which versions there are; every Keystone of today has the third, below `/v3`. */
function authUrlOf(settings: CloudSettings, fail: Fail): string {
  const url = (settings.auth_url ?? '').replace(/\/+$/, '');
  if (!/^https?:\/\/[^\s/?#@]+(\/[^\s?#@]*)?$/.test(url))
    throw fail('auth_url', 'a URL such as https://192.0.2.11:5000/v3');
  if (/\/v2\.0$/.test(url)) throw fail('auth_url', 'the third version of the Identity API (/v3)');
  return url.endsWith('/v3') ? url : `${url}/v3`;
}

function caOf({ cacert, verify, insecure }: CloudSettings, fail: Fail, folder: string): { ca?: Buffer } {
  if (/^(false|no|0)$/i.test(verify ?? '') || /^(true|yes|1)$/i.test(insecure ?? ''))
    throw fail(
      'verify',
      'certificates to be verified (`cacert` names the authority): a password is sent there',
    );
  if (cacert === undefined || cacert === '') return {};
  try {
    return { ca: readFileSync(resolve(folder, cacert.replace(/^~(?=\/)/, homedir()))) };
  } catch (error) {
    throw fail('cacert', `a file that can be read, got ${(error as NodeJS.ErrnoException).code}`);
  }
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function problem(file: string, path: string, expected: string): ConfigurationError {
  return new ConfigurationError(file, [{ path, message: `expected ${expected}` }]);
}
