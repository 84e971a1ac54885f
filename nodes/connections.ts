import { readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import ssh2, { type Client, type ConnectConfig, type SFTPWrapper } from 'ssh2';
import { coalesceWrites } from './coalesced-writes.js';
import { ConnectionBudget, type Resting } from './connection-budget.js';
import { PinnedHostKeys } from './host-keys.js';
import { Limit } from './limit.js';
import { NodeError } from './node-error.js';
import type { ExaminedFiles, SystemFiles } from './repository-files.js';
import { SftpFiles } from './sftp-files.js';

/** How a node is reached. */
export interface NodeAddress {
  readonly name: string;
  readonly site: string;
  readonly address: string;
  readonly port: number;
  /** Path of the key repository on the node. */
  readonly repository: string;
  readonly user: string;
  readonly identityFile: string;
  readonly knownHosts: string;
  /** URL of the node's own identity API, when the running Keystone can be asked. */
  readonly keystone?: string;
  /** Path of Keystone's own configuration on the node, when it is to be read. */
  readonly keystoneConf?: string;
}

/** A handshake takes a tenth of a second on an idle node; this is a node that is not there. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Notices a cut line after some seconds instead of the kernel's quarter of an hour. */
const KEEPALIVE_INTERVAL_MS = 2_000;
const KEEPALIVE_COUNT = 3;
/** Handshakes at the same time: more only make each of them slower, up to its time-out. */
export const MOST_HANDSHAKES = 32;
/** Handshakes are what a rotation costs, so a connection is kept over its steps, of thousands of nodes too. */
const IDLE_MS = 120_000;

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

/** What is done on a node. */
export type NodeVisit<T> = (files: ExaminedFiles, system: SystemFiles) => Promise<T>;

interface Session {
  readonly client: Client;
  readonly files: ExaminedFiles;
  readonly system: SystemFiles;
  readonly hostKey: Buffer;
  isOpen: boolean;
}

interface Slot extends Resting {
  session: Session | null;
  /** Settles when the visits before are over: one visit at a time on a node. */
  last: Promise<unknown>;
  idle: NodeJS.Timeout | null;
}

/** One SSH connection a node, kept for a while between visits, and never more than so many at the same time. */
export class NodeConnections {
  private readonly slots = new Map<string, Slot>();
  private readonly budget: ConnectionBudget;
  private readonly handshakes = new Limit(MOST_HANDSHAKES);
  private readonly sites: ReadonlyMap<string, Limit>;

  /**
   * @param most connections that may be open at the same time
   * @param atOnce most nodes of a site that are visited at the same time, for sites where that is limited
   */
  constructor(most: number, atOnce: ReadonlyMap<string, number> = new Map()) {
    this.budget = new ConnectionBudget(most);
    this.sites = new Map([...atOnce].map(([site, visits]) => [site, new Limit(visits)]));
  }

  /**
   * Visits a node with an open connection; visits to one node follow each other. A visit that fails for the connection's
   * sake drops it, so that the next one starts afresh.
   *
   * @throws NodeError
   */
  use<T>(node: NodeAddress, visit: NodeVisit<T>): Promise<T> {
    const slot = this.slotOf(node);
    const site = this.sites.get(node.site);
    const visiting = () => this.visit(slot, node, visit);
    const turn = slot.last.then(() => (site ? site.run(visiting) : visiting()));
    slot.last = turn.catch(() => {});
    return turn;
  }

  async close(): Promise<void> {
    for (const slot of this.slots.values()) {
      await slot.last;
      slot.close();
    }
  }

  private slotOf(node: NodeAddress): Slot {
    // Whoever is reached in another way is another connection: an edit of the inventory takes effect at once.
    const key = JSON.stringify(node);
    const known = this.slots.get(key);
    if (known) return known;
    const slot: Slot = {
      session: null,
      last: Promise.resolve(),
      idle: null,
      close: () => this.drop(slot),
    };
    this.slots.set(key, slot);
    return slot;
  }

  private async visit<T>(slot: Slot, node: NodeAddress, visit: NodeVisit<T>): Promise<T> {
    const { files, system } = await this.sessionOf(slot, node);
    try {
      return await visit(files, system);
    } catch (error) {
      if (error instanceof NodeError && error.code === 'unreachable') this.drop(slot);
      throw error;
    } finally {
      if (slot.session) this.rest(slot);
    }
  }

  private async sessionOf(slot: Slot, node: NodeAddress): Promise<Session> {
    if (slot.idle) clearTimeout(slot.idle);
    this.budget.wake(slot);
    if (slot.session && !slot.session.isOpen) this.drop(slot);
    if (slot.session) await this.checkPinned(slot, slot.session, node);
    return (slot.session ??= await this.open(slot, node));
  }

  private async open(slot: Slot, node: NodeAddress): Promise<Session> {
    await this.budget.take();
    try {
      return await this.handshakes.run(() => connect(node));
    } catch (error) {
      this.budget.free(slot);
      throw error;
    }
  }

  /** A connection is no longer good when its host key is no longer pinned. */
  private async checkPinned(slot: Slot, session: Session, node: NodeAddress): Promise<void> {
    try {
      (await pinnedKeysOf(node)).verify(session.hostKey);
    } catch (error) {
      this.drop(slot);
      throw error;
    }
  }

  private rest(slot: Slot): void {
    slot.idle = setTimeout(() => this.drop(slot), IDLE_MS).unref();
    this.budget.rest(slot);
  }

  private drop(slot: Slot): void {
    if (slot.idle) clearTimeout(slot.idle);
    if (!slot.session) return;
    slot.session.client.destroy();
    slot.session = null;
    this.budget.free(slot);
  }
}

function pinnedKeysOf({ name, address, port, knownHosts }: NodeAddress): Promise<PinnedHostKeys> {
  return PinnedHostKeys.load({ node: name, address, port, knownHosts });
}

async function connect(node: NodeAddress): Promise<Session> {
  const pinned = await pinnedKeysOf(node);
  const credentials = await credentialsOf(node);
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
    const sock = coalesceWrites(createConnection(node.port, node.address));
    await opened(client, { ...configOf(node, pinned), ...credentials, hostVerifier, sock });
    const sftp = await sftpOf(client);
    const session: Session = {
      client,
      files: new SftpFiles(node.name, node.repository, sftp),
      system: new SftpFiles(node.name, '/', sftp),
      hostKey,
      isOpen: true,
    };
    client.once('close', () => (session.isOpen = false));
    client.on('error', () => (session.isOpen = false));
    return session;
  } catch (error) {
    client.destroy();
    throw refusal ?? connectError(node, error);
  }
}

function configOf(node: NodeAddress, pinned: PinnedHostKeys): ConnectConfig {
  const types = pinned.types.filter(
    (type): type is keyof typeof HOST_KEY_ALGORITHMS => type in HOST_KEY_ALGORITHMS,
  );
  const known =
    types.length > 0 ? types : (Object.keys(HOST_KEY_ALGORITHMS) as (keyof typeof HOST_KEY_ALGORITHMS)[]);
  return {
    username: node.user,
    readyTimeout: CONNECT_TIMEOUT_MS,
    keepaliveInterval: KEEPALIVE_INTERVAL_MS,
    keepaliveCountMax: KEEPALIVE_COUNT,
    algorithms: { ...ALGORITHMS, serverHostKey: known.flatMap((type) => [...HOST_KEY_ALGORITHMS[type]]) },
  };
}

/** The identity file, or the agent where there is no such file. */
async function credentialsOf(node: NodeAddress): Promise<Pick<ConnectConfig, 'privateKey' | 'agent'>> {
  const agent = process.env.SSH_AUTH_SOCK;
  let privateKey: Buffer;
  try {
    privateKey = await readFile(node.identityFile);
  } catch {
    if (agent) return { agent };
    throw new NodeError(
      'authentication',
      node.name,
      `can't read ssh.identityFile ${node.identityFile}, and no agent is running`,
    );
  }
  if (ssh2.utils.parseKey(privateKey) instanceof Error) {
    throw new NodeError(
      'authentication',
      node.name,
      `${node.identityFile} is no private key without a passphrase; use an agent for one with`,
    );
  }
  return { privateKey };
}

function opened(client: Client, config: ConnectConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('ready', resolve);
    client.once('error', reject);
    client.once('close', () => reject(new Error('closed')));
    client.connect(config);
  });
}

function sftpOf(client: Client): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no SFTP')), CONNECT_TIMEOUT_MS);
    client.sftp((error, sftp) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve(sftp);
    });
  });
}

function connectError({ name, address, port, user, identityFile }: NodeAddress, error: unknown): NodeError {
  const where = `${user}@${address}:${port}`;
  const level = (error as { level?: unknown }).level;
  if (level === 'client-authentication') {
    return new NodeError(
      'authentication',
      name,
      `${where} refuses the key of ${identityFile}; add its public half to the account's authorized keys`,
    );
  }
  const message = error instanceof Error ? error.message : '';
  const reason = /ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|ECONNRESET/.exec(message)?.[0];
  return new NodeError(
    'unreachable',
    name,
    `can't connect to ${where}${reason ? ` (${reason})` : ''}; is its sshd up?`,
  );
}
