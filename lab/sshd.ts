/** A real sshd on loopback or in a network namespace, with keys of its own. */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './commands.js';
import { freePort } from './ports.js';
import { startProcess, type RunningProcess } from './processes.js';
import { sshdProgram } from './tools.js';

const LOOPBACK = '127.0.0.1';

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
  /** Default: loopback. */
  readonly host?: SshdHost;
  /** `HOME` of a session, so that the shell of a command reads none of the account's own files. Default: the account's. */
  readonly home?: string;
}

/** A host of its own: a network namespace, as `ip netns` makes it, and an address in it. */
export interface SshdHost {
  readonly namespace: string;
  readonly address: string;
}

export interface Sshd {
  readonly address: string;
  readonly port: number;
  /** `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  /** `[ADDRESS]:PORT ssh-ed25519 AAAA…`. */
  readonly knownHostsLine: string;
  readonly identityFile: string;
  readonly user: string;
  readonly pid: number;
  readonly log: string;
  /** Ends the server and every session. `start` brings it back with the same keys on the same port. */
  stop(): Promise<void>;
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  /** A new host key, as a reinstalled node would have; resolves with its public line. Open sessions end. */
  replaceHostKey(): Promise<string>;
}

/** Starts an sshd and waits until it greets. */
export async function startSshd(options: SshdOptions): Promise<Sshd> {
  mkdirSync(options.directory, { recursive: true });
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  const address = options.host?.address ?? LOOPBACK;
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
  writeFileSync(config, renderConfig({ options, address, port, user, hostKeyFile, authorizedKeys }));

  const start = (env: Readonly<Record<string, string>> = {}) =>
    startProcess({
      ...commandOf(options.host, ['-f', config, '-D', '-e']),
      env,
      log,
      isReady: () => greets(address, port),
    });
  const hostKey = () => readPublicKey(hostKeyFile);
  let running: RunningProcess = await start();
  return {
    address,
    port,
    identityFile,
    user,
    log,
    get hostKey() {
      return hostKey();
    },
    get knownHostsLine() {
      return `[${address}]:${port} ${hostKey()}`;
    },
    get pid() {
      return running.pid;
    },
    stop: () => running.stop(),
    start: async (env) => {
      running = await start(env);
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

/** `nsenter` becomes the sshd, so that a signal to the one reaches the other. */
function commandOf(host: SshdHost | undefined, args: readonly string[]) {
  if (host === undefined) return { program: sshdProgram, args };
  return { program: 'nsenter', args: [`--net=/run/netns/${host.namespace}`, sshdProgram, ...args] };
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
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly hostKeyFile: string;
  readonly authorizedKeys: string;
}

/** StrictModes is off because a temporary folder belongs to everybody; MaxStartups is for many workers at once. */
function renderConfig({ options, address, port, user, hostKeyFile, authorizedKeys }: ConfigValues): string {
  return [
    `ListenAddress ${address}:${port}`,
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

function greets(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    socket.once('data', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('data', () => socket.destroy());
  });
}
