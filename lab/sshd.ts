/** A real sshd on loopback, with keys of its own. */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './commands.js';
import { freePort } from './ports.js';
import { startProcess, type RunningProcess } from './processes.js';
import { sshdProgram } from './tools.js';

export interface SshdOptions {
  /** For keys, configuration and log. When `user` is another account, it has to be able to enter here. */
  readonly directory: string;
  /** Default: a free one. */
  readonly port?: number;
  /** The account that may log in; another than our own needs root. Default: our own. */
  readonly user?: string;
  /** A private key whose public half (beside it, `.pub`) may log in. Default: made anew. */
  readonly identityFile?: string;
  /** Nothing but SFTP: no shell, no forwarding. */
  readonly sftpOnly?: boolean;
  /** Root of what a session sees; needs root, and belongs to root at every level. */
  readonly chroot?: string;
  /** `HOME` of a session, so that the shell of a command reads none of the account's own files. Default: the account's. */
  readonly home?: string;
}

export interface Sshd {
  readonly port: number;
  /** `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  /** `[127.0.0.1]:PORT ssh-ed25519 AAAA…`. */
  readonly knownHostsLine: string;
  readonly identityFile: string;
  readonly user: string;
  readonly pid: number;
  readonly log: string;
  /** Ends the server and every session. `start` brings it back with the same keys on the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** A new host key, as a reinstalled node would have; resolves with its public line. Open sessions end. */
  replaceHostKey(): Promise<string>;
}

/** Starts an sshd and waits until it greets. */
export async function startSshd(options: SshdOptions): Promise<Sshd> {
  mkdirSync(options.directory, { recursive: true });
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  const port = options.port ?? (await freePort());
  const user = options.user ?? userInfo().username;
  const identityFile = options.identityFile ?? join(options.directory, 'client_key');
  const hostKeyFile = join(options.directory, 'host_key');
  const log = join(options.directory, 'sshd.log');
  const config = join(options.directory, 'sshd_config');
  const authorizedKeys = join(options.directory, 'authorized_keys');
  await ensureKey(identityFile);
  await ensureKey(hostKeyFile);
  writeFileSync(authorizedKeys, readFileSync(`${identityFile}.pub`));
  // sshd reads it as the account that logs in.
  chmodSync(authorizedKeys, 0o644);
  writeFileSync(config, renderConfig({ options, port, user, hostKeyFile, authorizedKeys }));

  const start = () =>
    startProcess({
      program: sshdProgram,
      args: ['-f', config, '-D', '-e'],
      log,
      isReady: () => greets(port),
    });
  const hostKey = () => readPublicKey(hostKeyFile);
  let running: RunningProcess = await start();
  return {
    port,
    identityFile,
    user,
    log,
    get hostKey() {
      return hostKey();
    },
    get knownHostsLine() {
      return `[127.0.0.1]:${port} ${hostKey()}`;
    },
    get pid() {
      return running.pid;
    },
    stop: () => running.stop(),
    start: async () => {
      running = await start();
    },
    replaceHostKey: async () => {
      await running.stop();
      rmSync(hostKeyFile);
      await ensureKey(hostKeyFile);
      running = await start();
      return hostKey();
    },
  };
}

/** Makes an ed25519 key pair without a passphrase, unless it is there. */
export async function ensureKey(file: string): Promise<void> {
  if (existsSync(file)) return;
  rmSync(`${file}.pub`, { force: true });
  await runCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
}

function readPublicKey(file: string): string {
  return readFileSync(`${file}.pub`, 'utf8').trim();
}

interface ConfigValues {
  readonly options: SshdOptions;
  readonly port: number;
  readonly user: string;
  readonly hostKeyFile: string;
  readonly authorizedKeys: string;
}

/** StrictModes is off because a temporary folder belongs to everybody; MaxStartups is for many workers at once. */
function renderConfig({ options, port, user, hostKeyFile, authorizedKeys }: ConfigValues): string {
  return [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${hostKeyFile}`,
    `AuthorizedKeysFile ${authorizedKeys}`,
    `AllowUsers ${user}`,
    'AuthenticationMethods publickey',
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'UseDNS no',
    'PrintMotd no',
    'MaxStartups 200:30:400',
    'MaxSessions 100',
    'Subsystem sftp internal-sftp',
    ...(options.sftpOnly ? ['ForceCommand internal-sftp', 'DisableForwarding yes'] : []),
    ...(options.chroot === undefined ? [] : [`ChrootDirectory ${options.chroot}`]),
    ...(options.home === undefined ? [] : [`SetEnv HOME=${options.home}`]),
    '',
  ].join('\n');
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('data', () => socket.destroy());
  });
}
