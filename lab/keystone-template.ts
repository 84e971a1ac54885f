/** A Keystone database that is set up once for a checkout and then copied. */
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './commands.js';
import { DEFAULT_MAX_ACTIVE_KEYS, DEFAULT_TOKENS, renderKeystoneConfig } from './keystone-config.js';
import { setUpKeys } from './keystone-keys.js';
import { keystoneManage, toolsDirectory } from './tools.js';

/** How to log in as the lab's administrator. */
export interface Admin {
  readonly username: string;
  readonly password: string;
  readonly project: string;
  readonly userDomain: string;
  readonly projectDomain: string;
}

/** Only nodes on loopback, with nothing of worth behind them, ever have this password. */
export const LAB_ADMIN: Admin = {
  username: 'admin',
  password: 'lab-only-password',
  project: 'admin',
  userDomain: 'Default',
  projectDomain: 'Default',
};

/** The name carries the release of Keystone whose tables it holds. */
const template = join(toolsDirectory, 'keystone-30.0.0.db');

/** Takes about six seconds the first time. */
export async function keystoneTemplate(): Promise<string> {
  if (!existsSync(template)) await makeTemplate();
  return template;
}

async function makeTemplate(): Promise<void> {
  const directory = mkdtempSync(join(toolsDirectory, 'template-'));
  try {
    const databaseFile = join(directory, 'keystone.db');
    const repository = join(directory, 'keys');
    const config = join(directory, 'keystone.conf');
    const settings = {
      databaseFile,
      repository,
      tokens: DEFAULT_TOKENS,
      maxActiveKeys: DEFAULT_MAX_ACTIVE_KEYS,
    };
    writeFileSync(config, renderKeystoneConfig(settings));
    await runCommand(keystoneManage, ['--config-file', config, 'db_sync']);
    await setUpKeys(config, null);
    await runCommand(keystoneManage, [
      ...['--config-file', config, 'bootstrap', '--bootstrap-password', LAB_ADMIN.password],
      ...['--bootstrap-region-id', 'none', '--bootstrap-public-url', 'http://127.0.0.1/v3'],
    ]);
    // At once, so that a run beside us finds all of it or nothing.
    renameSync(databaseFile, template);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
