import type { Client, SFTPWrapper } from 'ssh2';
import { NodeError } from './node-error.js';
import type { ExaminedFiles, SystemFiles } from './repository-files.js';
import { SftpFiles } from './sftp-files.js';
import { CONNECT_TIMEOUT_MS, SshLink, type SshHost } from './ssh-link.js';

/** How a node is reached. */
export interface NodeAddress extends SshHost {
  readonly name: string;
  readonly site: string;
  /** Path of the key repository on the node. */
  readonly repository: string;
  /** Hosts on the way there, the nearest first. */
  readonly jumps: readonly SshHost[];
  readonly identityFile: string;
  readonly knownHosts: string;
  /** URL of the node's own identity API, when the running Keystone can be asked. */
  readonly keystone?: string;
  /** Path of Keystone's own configuration on the node, when it is to be read. */
  readonly keystoneConf?: string;
}

/** Handshakes are what a rotation costs, so a connection is kept over its steps, and not much longer. */
const IDLE_MS = 60_000;

/** What is done on a node. */
export type NodeVisit<T> = (files: ExaminedFiles, system: SystemFiles) => Promise<T>;

interface Session {
  /** To every jump host and to the node, in this order. */
  readonly links: readonly SshLink[];
  readonly files: ExaminedFiles;
  readonly system: SystemFiles;
  isOpen: boolean;
}

interface Slot {
  session: Session | null;
  /** Settles when the visits before are over: one visit at a time on a node. */
  last: Promise<unknown>;
  idle: NodeJS.Timeout | null;
}

/** One SSH connection a node, kept for a while between visits. */
export class NodeConnections {
  private readonly slots = new Map<string, Slot>();

  /**
   * Visits a node with an open connection; visits to one node follow each other. A visit that fails for the connection's
   * sake drops it, so that the next one starts afresh.
   *
   * @throws NodeError
   */
  use<T>(node: NodeAddress, visit: NodeVisit<T>): Promise<T> {
    const slot = this.slotOf(node);
    const turn = slot.last.then(() => this.visit(slot, node, visit));
    slot.last = turn.catch(() => {});
    return turn;
  }

  async close(): Promise<void> {
    for (const slot of this.slots.values()) {
      await slot.last;
      this.drop(slot);
    }
  }

  private slotOf(node: NodeAddress): Slot {
    // Whoever is reached in another way is another connection: an edit of the inventory takes effect at once.
    const key = JSON.stringify(node);
    let slot = this.slots.get(key);
    if (!slot) this.slots.set(key, (slot = { session: null, last: Promise.resolve(), idle: null }));
    return slot;
  }

  private async visit<T>(slot: Slot, node: NodeAddress, visit: NodeVisit<T>): Promise<T> {
    if (slot.idle) clearTimeout(slot.idle);
    if (slot.session?.isOpen) await this.checkPinned(slot, slot.session);
    else slot.session = await connect(node);
    try {
      return await visit(slot.session.files, slot.session.system);
    } catch (error) {
      if (error instanceof NodeError && error.code === 'unreachable') this.drop(slot);
      throw error;
    } finally {
      slot.idle = setTimeout(() => this.drop(slot), IDLE_MS).unref();
    }
  }

  /** A connection is no longer good when a host key on its way is no longer pinned. */
  private async checkPinned(slot: Slot, { links }: Session): Promise<void> {
    try {
      for (const link of links) await link.checkPinned();
    } catch (error) {
      this.drop(slot);
      throw error;
    }
  }

  private drop(slot: Slot): void {
    if (slot.idle) clearTimeout(slot.idle);
    if (slot.session) destroy(slot.session.links);
    slot.session = null;
  }
}

async function connect(node: NodeAddress): Promise<Session> {
  const links = await linksTo(node);
  try {
    const { client } = links.at(-1)!;
    const sftp = await sftpOf(client).catch(() => {
      const message = `${node.user}@${node.address}:${node.port} gives no SFTP; its sshd needs the subsystem sftp`;
      throw new NodeError('unreachable', node.name, message);
    });
    const session: Session = {
      links,
      files: new SftpFiles(node.name, node.repository, sftp),
      system: new SftpFiles(node.name, '/', sftp),
      isOpen: true,
    };
    client.once('close', () => (session.isOpen = false));
    client.on('error', () => (session.isOpen = false));
    return session;
  } catch (error) {
    destroy(links);
    throw error;
  }
}

/** Through each jump host to the next one, as OpenSSH's ProxyJump does: none of them sees more than what is encrypted for the next. */
async function linksTo({
  name,
  jumps,
  identityFile,
  knownHosts,
  address,
  port,
  user,
}: NodeAddress): Promise<SshLink[]> {
  const links: SshLink[] = [];
  try {
    for (const [index, host] of [...jumps, { address, port, user }].entries()) {
      const isJump = index < jumps.length;
      const request = { ...host, node: name, identityFile, knownHosts, isJump };
      links.push(await SshLink.open(request, await links.at(-1)?.forwardTo(host)));
    }
    return links;
  } catch (error) {
    destroy(links);
    throw error;
  }
}

/** The node's first: what leads there ends with it. */
function destroy(links: readonly SshLink[]): void {
  for (const { client } of links.toReversed()) client.destroy();
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
