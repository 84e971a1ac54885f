import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { ConfigurationError } from './configuration-error.js';
import type { InventorySource } from './inventory-schema.js';
import { expectedText, problemsOf } from './problems.js';
import { configurationSchema, type Configuration, type SecretSource } from './schema.js';
import { readYamlFile, type YamlFile } from './yaml-file.js';

export { ConfigurationError } from './configuration-error.js';
export { resolvePassword, resolveSecret } from './password.js';
export type { Configuration, WebhookSettings } from './schema.js';

const PLACES = ['rotor.yaml', '/etc/rotor/rotor.yaml'];

/**
 * The configuration file to use: the flag's, else that of `$ROTOR_CONFIG`, else the first of `./rotor.yaml` and
 * `/etc/rotor/rotor.yaml` that exists.
 *
 * @returns an absolute path; a file that was named need not exist
 * @throws ConfigurationError when none was named and none exists
 */
export async function findConfiguration(flag?: string): Promise<string> {
  const named = flag ?? (process.env.ROTOR_CONFIG || undefined);
  const found = named ?? (await firstExisting(PLACES));
  if (found !== undefined) return resolve(found);
  const message = `expected one, got none: no --config, no $ROTOR_CONFIG, no ./${PLACES.join(', no ')}; \`rotor init\` writes one`;
  throw new ConfigurationError('configuration file', [{ path: '', message }]);
}

async function firstExisting(places: readonly string[]): Promise<string | undefined> {
  for (const place of places) {
    const exists = await access(place).then(
      () => true,
      () => false,
    );
    if (exists) return place;
  }
  return undefined;
}

/**
 * Reads and checks a configuration file. Paths of local files in it come back absolute.
 *
 * @throws ConfigurationError with every problem
 */
export async function loadConfiguration(file: string): Promise<Configuration> {
  return configurationOf(file, await readYamlFile(file));
}

/**
 * @param file where it stands, for messages and for relative paths in it
 * @throws ConfigurationError with every problem
 */
export function configurationOf(file: string, yaml: YamlFile): Configuration {
  const parsed = configurationSchema.safeParse(yaml.value, { error: expectedText });
  if (!parsed.success) throw new ConfigurationError(file, problemsOf(parsed.error.issues, yaml));
  return withAbsolutePaths(parsed.data, dirname(resolve(file)));
}

function withAbsolutePaths(configuration: Configuration, folder: string): Configuration {
  const absolute = (path: string) =>
    resolve(
      folder,
      path.replace(/^~(?=$|\/)/, () => homedir()),
    );
  const { ssh, keystone, inventory, temporal, notifications, recipientAuthority } = configuration;
  const { encryption } = temporal;
  return {
    ...configuration,
    ...(encryption && { temporal: { ...temporal, encryption: absoluteEncryption(encryption, absolute) } }),
    ssh: { ...ssh, identityFile: absolute(ssh.identityFile), knownHosts: absolute(ssh.knownHosts) },
    ...(keystone &&
      'password' in keystone && {
        keystone: { ...keystone, password: absoluteSecret(keystone.password, absolute) },
      }),
    ...(recipientAuthority && {
      recipientAuthority: {
        ...recipientAuthority,
        certificates: absolute(recipientAuthority.certificates),
      },
    }),
    notifications: notifications.map(({ url, secret, ...webhook }) => ({
      ...webhook,
      url: typeof url === 'string' ? url : absoluteSecret(url, absolute),
      ...(secret && { secret: absoluteSecret(secret, absolute) }),
    })),
    inventory: inventory.map((source) => absoluteSource(source, absolute)),
  };
}

function absoluteEncryption(
  { keys }: NonNullable<Configuration['temporal']['encryption']>,
  absolute: (path: string) => string,
) {
  return { keys: keys.map(({ id, secret }) => ({ id, secret: absoluteSecret(secret, absolute) })) };
}

function absoluteSecret(source: SecretSource, absolute: (path: string) => string): SecretSource {
  return 'file' in source ? { file: absolute(source.file) } : source;
}

/** A program without a slash is looked for on the path, as a shell does. */
function absoluteSource(source: InventorySource, absolute: (path: string) => string): InventorySource {
  const program = (name: string) => (/[/~]/.test(name) ? absolute(name) : name);
  switch (source.kind) {
    case 'ansible':
      return {
        ...source,
        path: absolute(source.path),
        ...(source.program !== undefined && { program: program(source.program) }),
      };
    case 'command':
      return { ...source, argv: [program(source.argv[0]!), ...source.argv.slice(1)] };
    case 'static':
    case 'catalog':
      return source;
  }
}
