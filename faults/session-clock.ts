/** A node's clock as its SFTP session shows it, asked without rotor. */
import { readFileSync, statSync } from 'node:fs';
import ssh2, { type SFTPWrapper, type Stats } from 'ssh2';
import type { FleetNode } from '../lab/fleet.js';

/** How far the time of the repository's last change in the session is from what it is, in milliseconds. */
export async function sessionClockOffset({ sshd, repository }: FleetNode): Promise<number> {
  const client = new ssh2.Client();
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('ready', resolve).once('error', reject);
      const { address: host, port, user: username } = sshd;
      // Of the lab's own sshd there is nothing to be sure of.
      client.connect({ host, port, username, privateKey: readFileSync(sshd.identityFile) });
    });
    const sftp = await promised<SFTPWrapper>((done) => client.sftp(done));
    const { mtime } = await promised<Stats>((done) => sftp.stat(repository, done));
    return mtime * 1_000 - statSync(repository).mtimeMs;
  } finally {
    client.destroy();
  }
}

type Callback<T> = (error: Error | null | undefined, value: T) => void;

function promised<T>(ask: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => ask((error, value) => (error ? reject(error) : resolve(value))));
}
