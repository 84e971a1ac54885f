import type { Client, SFTPWrapper } from 'ssh2';
import { ConnectionBudget, type Resting } from './connection-budget.js';
import { Limit } from './limit.js';
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

/** Handshakes at the same time: more only make each of them slower, up to its time-out. */
export const MOST_HANDSHAKES = 32;
/** Handshakes are what a rotation costs, so a connection is kept over its steps, of thousands of nodes too. */
const IDLE_MS = 120_000;

/** What is done on a node. */
export type NodeVisit<T> = (files: ExaminedFiles, system: SystemFiles) => Promise<T>;

interface Session {
  /** To every jump host and to the node, in this order. */
  readonly links: readonly SshLink[];
  readonly files: ExaminedFiles;
  readonly system: SystemFiles;
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
   * sake drops it, so that the next one starts afresh; one over a connection that was kept is made again at once, because
   * that may have been dead for a while, and says nothing of the node.
   *
   * @param visit may be called twice, as it may be by two workers after each other
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
    const wasKept = slot.session?.isOpen === true;
    const { files, system } = await this.sessionOf(slot, node);
    try {
      return await visit(files, system);
    } catch (error) {
      if (!(error instanceof NodeError) || error.code !== 'unreachable') throw error;
      this.drop(slot);
      if (!wasKept) throw error;
    } finally {
      if (slot.session) this.rest(slot);
    }
    return this.visit(slot, node, visit);
  }

  private async sessionOf(slot: Slot, node: NodeAddress): Promise<Session> {
    if (slot.idle) clearTimeout(slot.idle);
    this.budget.wake(slot);
    if (slot.session && !slot.session.isOpen) this.drop(slot);
    if (slot.session) await this.checkPinned(slot, slot.session);
    return (slot.session ??= await this.open(slot, node));
  }

  /**
   * A place is taken when the handshake's turn has come and not before, because that may close a connection that rests: its own
   * visit is to have come first, when a pass reaches all nodes at a time.
   */
  private open(slot: Slot, node: NodeAddress): Promise<Session> {
    return this.handshakes.run(async () => {
      await this.budget.take();
      try {
        return await connect(node);
      } catch (error) {
        this.budget.free(slot);
        throw error;
      }
    });
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

  private rest(slot: Slot): void {
    slot.idle = setTimeout(() => this.drop(slot), IDLE_MS).unref();
    this.budget.rest(slot);
  }

  private drop(slot: Slot): void {
    if (slot.idle) clearTimeout(slot.idle);
    if (!slot.session) return;
    destroy(slot.session.links);
    slot.session = null;
    this.budget.free(slot);
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
