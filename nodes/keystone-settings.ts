/** Reads keystone.conf, which holds passwords: nothing of it but a few options ever becomes a text. */
import type { KeystoneSettings } from '../core/keystone-settings.js';
import { withoutSecrets } from '../core/secrets.js';
import { NodeError } from './node-error.js';
import type { SystemFiles } from './repository-files.js';

/** The sample file with every comment has some hundred kilobytes. */
const MOST_BYTES = 1024 * 1024;

const SECOND_MS = 1000;

/** The options that are kept, with Keystone's own defaults (keystone/conf/token.py, fernet_tokens.py, fernet_receipts.py). */
const DEFAULTS = {
  'token.provider': 'fernet',
  'token.expiration': '3600',
  'token.allow_expired_window': '172800',
  'token.caching': 'true',
  'fernet_tokens.max_active_keys': '3',
  'fernet_tokens.key_repository': '/etc/keystone/fernet-keys/',
  'fernet_receipts.key_repository': '/etc/keystone/fernet-keys/',
} as const;

type Option = keyof typeof DEFAULTS;

const SECTIONS = new Set(Object.keys(DEFAULTS).map((option) => option.split('.')[0]!));

/**
 * One file, and over it `keystone.conf.d/*.conf` beside it in the order of their names, as oslo.config reads them.
 *
 * @param path absolute, as the session sees it
 * @throws NodeError when the file can't be read, or one of these options is none
 */
export async function readKeystoneSettings(files: SystemFiles, path: string): Promise<KeystoneSettings> {
  const found = new Map<Option, string>();
  for (const file of [path, ...(await partsOf(files, `${path}.d`))]) {
    const content = await files.read(file, MOST_BYTES);
    try {
      collect(content, found);
    } finally {
      content.fill(0);
    }
  }
  const valueOf = (option: Option) => withoutSecrets(found.get(option) ?? DEFAULTS[option]);
  const numberOf = (option: Option): number => {
    const value = valueOf(option);
    if (/^\d{1,10}$/.test(value)) return Number(value);
    throw new NodeError('configuration', files.node, `[${option.replace('.', '] ')} in ${path} is no number`);
  };
  return {
    provider: valueOf('token.provider'),
    expirationMs: numberOf('token.expiration') * SECOND_MS,
    allowExpiredWindowMs: numberOf('token.allow_expired_window') * SECOND_MS,
    caching: /^(1|true|yes|on)$/i.test(valueOf('token.caching')),
    maxActiveKeys: numberOf('fernet_tokens.max_active_keys'),
    keyRepository: trimmed(valueOf('fernet_tokens.key_repository')),
    receiptRepository: trimmed(valueOf('fernet_receipts.key_repository')),
  };
}

async function partsOf(files: SystemFiles, directory: string): Promise<string[]> {
  try {
    const entries = await files.list(directory);
    return entries
      .map(({ name }) => name)
      .filter((name) => name.endsWith('.conf'))
      .sort()
      .map((name) => `${directory}/${name}`);
  } catch (error) {
    if (error instanceof NodeError && error.code === 'no-repository') return [];
    throw error;
  }
}

const NEWLINE = 0x0a;

/** Line by line, of which only headers of sections and the wanted options are decoded. */
function collect(content: Buffer, found: Map<Option, string>): void {
  let section = '';
  for (let start = 0; start < content.length;) {
    const end = content.indexOf(NEWLINE, start);
    const line = content.subarray(start, end === -1 ? content.length : end);
    start = end === -1 ? content.length : end + 1;
    const header = headerOf(line);
    if (header !== null) section = header;
    else collectOption(section, line, found);
  }
}

const BRACKET = 0x5b;

function headerOf(line: Buffer): string | null {
  if (line[0] !== BRACKET) return null;
  const end = line.indexOf(']');
  return end === -1 ? null : line.subarray(1, end).toString('latin1').trim();
}

function collectOption(section: string, line: Buffer, found: Map<Option, string>): void {
  if (!SECTIONS.has(section)) return;
  const separators = [line.indexOf('='), line.indexOf(':')].filter((index) => index > 0);
  if (separators.length === 0) return;
  const separator = Math.min(...separators);
  const option = (Object.keys(DEFAULTS) as Option[]).find((each) => {
    const [ofSection, name] = each.split('.') as [string, string];
    return section === ofSection && line.subarray(0, separator).toString('latin1').trim() === name;
  });
  if (option === undefined) return;
  found.set(
    option,
    line
      .subarray(separator + 1)
      .toString('utf8')
      .trim(),
  );
}

/** A directory is the same with a slash at its end. */
function trimmed(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}
