/** One SSH connection to one host, over a network or over a stream that another host forwards. */
import type { Duplex, Readable } from 'node:stream';
import ssh2, { type Client, type ConnectConfig } from 'ssh2';
import { credentialsOf } from './credentials.js';
import { PinnedHostKeys, type HostKeyQuestion } from './host-keys.js';
import { CONNECT_TIMEOUT_MS, SilentHostError, spoken } from './host-socket.js';
import { NodeError } from './node-error.js';

/** A host to log in at: a node, or a jump host on the way to it. */
export interface SshHost {
  readonly address: string;
  readonly port: number;
  readonly user: string;
}

export interface LinkRequest extends SshHost {
  /** The node that is to be reached, for messages. */
  readonly node: string;
  readonly identityFile: string;
  readonly knownHosts: string;
  /** Whether this is a host on the way to the node. */
  readonly isJump: boolean;
  /** The jump host that connects to this one; null when the worker does. */
  readonly via: LinkRequest | null;
}

/** Nothing with SHA-1 or CBC, and no RSA signature but with SHA-2. */
const ALGORITHMS = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
  ],
  cipher: ['aes256-gcm@openssh.com', 'aes128-gcm@openssh.com', 'aes256-ctr', 'aes192-ctr', 'aes128-ctr'],
  hmac: ['hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512', 'hmac-sha2-256'],
} satisfies ConnectConfig['algorithms'];

/** Signature algorithms by the type of key that `known_hosts` names. */
const HOST_KEY_ALGORITHMS = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
} as const;

export class SshLink {
  private constructor(
    readonly request: LinkRequest,
    readonly client: Client,
    private readonly hostKey: Buffer,
  ) {}

  /**
   * @param over what leads to the host; the caller's to end when this fails
   * @throws NodeError
   */
  static async open(request: LinkRequest, over: Readable): Promise<SshLink> {
    const pinned = await pinnedKeysOf(request);
    const credentials = await credentialsOf(request);
    const client = new ssh2.Client();
    // One failure may be told in several events, and an error event that nobody listens to ends the process.
    client.on('error', () => {});
    let refusal: NodeError | null = null;
    let hostKey: Buffer = Buffer.alloc(0);
    const hostVerifier = (key: Buffer): boolean => {
      hostKey = key;
      try {
        pinned.verify(key);
        return true;
      } catch (error) {
        refusal = error as NodeError;
        return false;
      }
    };
    try {
      await opened(client, {
        ...configOf(request, pinned),
        authHandler: [credentials],
        sock: over,
        hostVerifier,
      });
      return new SshLink(request, client, hostKey);
    } catch (error) {
      client.destroy();
      throw refusal ?? connectError(request, error);
    }
  }

  /**
   * A stream to another host, from this one on, whose server has begun to speak.
   *
   * @throws NodeError `unreachable` when this host can't reach the other, or may not forward
   * @throws SilentHostError when the other does not answer
   */
  async forwardTo(host: SshHost): Promise<Duplex> {
    const stream = await this.forward(host);
    // Unlike a socket, it stays half open when its other end is gone.
    stream.once('end', () => stream.destroy());
    return spoken(stream);
  }

  private forward({ address, port }: SshHost): Promise<Duplex> {
    const { node, user } = this.request;
    return new Promise((resolve, reject) => {
      // The jump host's own system would try for minutes.
      const timer = setTimeout(() => reject(new SilentHostError()), CONNECT_TIMEOUT_MS);
      this.client.forwardOut('127.0.0.1', 0, address, port, (error, stream) => {
        clearTimeout(timer);
        if (!error) return resolve(stream);
        const message = `the jump host ${nameOf(this.request)} does not connect to ${address}:${port}; is that up, and may ${user} forward there (AllowTcpForwarding)?`;
        reject(new NodeError('unreachable', node, message));
      });
    });
  }

  /**
   * Asks again what was asked when it was opened.
   *
   * @throws NodeError when the host's key is no longer pinned
   */
  async checkPinned(): Promise<void> {
    (await pinnedKeysOf(this.request)).verify(this.hostKey);
  }
}

function pinnedKeysOf(request: LinkRequest): Promise<PinnedHostKeys> {
  const { node, address, port, knownHosts, isJump } = request;
  const question: HostKeyQuestion = { node, address, port, knownHosts, isJump };
  return PinnedHostKeys.load(question);
}

function nameOf({ user, address, port }: SshHost): string {
  return `${user}@${address}:${port}`;
}

function configOf(host: LinkRequest, pinned: PinnedHostKeys): ConnectConfig {
  const types = pinned.types.filter(
    (type): type is keyof typeof HOST_KEY_ALGORITHMS => type in HOST_KEY_ALGORITHMS,
  );
  const known =
    types.length > 0 ? types : (Object.keys(HOST_KEY_ALGORITHMS) as (keyof typeof HOST_KEY_ALGORITHMS)[]);
  return {
    username: host.user,
    readyTimeout: CONNECT_TIMEOUT_MS,
    algorithms: { ...ALGORITHMS, serverHostKey: known.flatMap((type) => [...HOST_KEY_ALGORITHMS[type]]) },
  };
}

function opened(client: Client, config: ConnectConfig & { readonly sock: Readable }): Promise<void> {
  return new Promise((resolve, reject) => {
    if (config.sock.destroyed) return reject(new Error('closed'));
    client.once('ready', resolve);
    client.once('error', reject);
    client.once('close', () => reject(new Error('closed')));
    client.connect(config);
  });
}

/** Why a host can't be reached, in words that lead on. */
export function connectError(request: LinkRequest, error: unknown): NodeError {
  const { node, identityFile, isJump, via } = request;
  const where = `${isJump ? 'the jump host ' : ''}${nameOf(request)}`;
  const level = (error as { level?: unknown }).level;
  if (level === 'client-authentication') {
    return new NodeError(
      'authentication',
      node,
      `${where} refuses the key of ${identityFile}; add its public half to the account's authorized keys`,
    );
  }
  const message = error instanceof Error ? error.message : '';
  const reason = /ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|ECONNRESET/.exec(message)?.[0];
  return new NodeError(
    'unreachable',
    node,
    `can't connect to ${where}${via ? ` from the jump host ${nameOf(via)}` : ''}${reason ? ` (${reason})` : ''}; is its sshd up?`,
  );
}
