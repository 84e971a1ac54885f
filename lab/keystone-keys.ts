/** Keystone's own commands for its key repository. */
import { userInfo } from 'node:os';
import { runCommand } from './commands.js';
import { keystoneManage } from './tools.js';

/** Makes the first keys of the repository that a configuration names; `user` owns them, null for our own account. */
export async function setUpKeys(config: string, user: string | null): Promise<void> {
  await runCommand(keystoneManage, [
    '--config-file',
    config,
    'fernet_setup',
    ...(await ownerArguments(user)),
  ]);
}

/** Rotates one repository, knowing nothing of any other node. */
export async function rotateKeys(config: string, user: string | null): Promise<void> {
  await runCommand(keystoneManage, [
    '--config-file',
    config,
    'fernet_rotate',
    ...(await ownerArguments(user)),
  ]);
}

/** Root has to say whose the keys are to be; anybody else can't choose. */
async function ownerArguments(user: string | null): Promise<string[]> {
  if (process.getuid?.() !== 0) return [];
  const name = user ?? userInfo().username;
  const group = (await runCommand('id', ['-gn', name])).trim();
  return ['--keystone-user', name, '--keystone-group', group];
}
