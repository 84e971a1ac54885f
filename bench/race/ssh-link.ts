import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess } from '../../lab/processes.js';
import { startSshd, type Sshd } from '../../lab/sshd.js';

/** The way of `ssh`, `scp` and `rsync` to the node of the race. */
export interface SshLink {
  /** `user@127.0.0.1`. */
  readonly host: string;
  /** Options that `ssh` and `scp` both take. */
  readonly options: readonly string[];
  stop(): Promise<void>;
}

/**
 * Starts an sshd, and one connection to it that all commands share: a handshake of its own for each would take longer than
 * all the rest, and change nothing in what they do on the node.
 */
export async function openSshLink(directory: string): Promise<SshLink> {
  mkdirSync(directory);
  const sshd = await startSshd({ directory: join(directory, 'sshd'), home: directory });
  try {
    const socket = join(directory, 'socket');
    const options = optionsOf(sshd, pinHostKey(sshd, directory), socket);
    const host = `${sshd.user}@127.0.0.1`;
    const connection = await startProcess({
      program: 'ssh',
      args: [...options, '-M', '-N', host],
      log: join(directory, 'ssh.log'),
      isReady: () => Promise.resolve(existsSync(socket)),
    });
    return {
      host,
      options,
      stop: async () => {
        await connection.stop();
        await sshd.stop();
      },
    };
  } catch (error) {
    await sshd.stop();
    throw error;
  }
}

/** @returns the path of a `known_hosts` file that names this sshd and nobody else */
export function pinHostKey(sshd: Sshd, directory: string): string {
  const knownHosts = join(directory, 'known_hosts');
  writeFileSync(knownHosts, `${sshd.knownHostsLine}\n`);
  return knownHosts;
}

function optionsOf(sshd: Sshd, knownHosts: string, socket: string): string[] {
  const settings = {
    Port: sshd.port,
    IdentityFile: sshd.identityFile,
    UserKnownHostsFile: knownHosts,
    ControlPath: socket,
    BatchMode: 'yes',
  };
  // Nothing of the settings of whoever runs this.
  return ['-F', 'none', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}
