/** Keystone's own commands for its key repository. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { userInfo } from 'node:os';
import { runCommand } from './commands.js';
import { keystoneManage, keystonePython, keystoneRotateScript } from './tools.js';

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
  await runCommand(keystoneManage, await rotateArguments(config, user));
}

/** The same command, started and waiting for its moment. */
export interface ReadyRotate {
  go(): Promise<void>;
  /** Ends it, if it was not let go. */
  cancel(): void;
}

export async function readyToRotateKeys(config: string, user: string | null): Promise<ReadyRotate> {
  const args = ['-W', 'ignore', keystoneRotateScript, ...(await rotateArguments(config, user))];
  const child = spawn(keystonePython, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  await once(child.stdout, 'data');
  return {
    go: async () => {
      child.stdin.end('\n');
      const [code] = await ended;
      if (code !== 0) throw new Error(`fernet_rotate ended with ${code}`);
    },
    cancel: () => child.kill(),
  };
}

async function rotateArguments(config: string, user: string | null): Promise<string[]> {
  return ['--config-file', config, 'fernet_rotate', ...(await ownerArguments(user))];
}

/** Root has to say whose the keys are to be; anybody else can't choose. */
async function ownerArguments(user: string | null): Promise<string[]> {
  if (process.getuid?.() !== 0) return [];
  const name = user ?? userInfo().username;
  const group = (await runCommand('id', ['-gn', name])).trim();
  return ['--keystone-user', name, '--keystone-group', group];
}
