/** A session on a node: links to every host on the way, and SFTP at its end. */
import type { Client, SFTPWrapper } from 'ssh2';
import { CONNECT_TIMEOUT_MS, socketTo } from './host-socket.js';
import { NodeError } from './node-error.js';
import type { ExaminedFiles, SystemFiles } from './repository-files.js';
import { SftpFiles } from './sftp-files.js';
import type { LinkRequest, SshHost, SshLink } from './ssh-link.js';
import type { Turns } from './turns.js';

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

export interface Session {
  /** To every jump host and to the node, in this order. */
  readonly links: readonly SshLink[];
  readonly files: ExaminedFiles;
  readonly system: SystemFiles;
  isOpen: boolean;
}

/**
 * Through each jump host to the next one, as OpenSSH's ProxyJump does: none of them sees more than what is encrypted for the next.
 *
 * @param turns for each host on the way
 * @param begin awaited when the turn at the first of them has come
 * @throws NodeError, or what `begin` throws
 */
export function openSession(node: NodeAddress, turns: Turns, begin: () => Promise<void>): Promise<Session> {
  const first = node.jumps[0] ?? node;
  const connect = () => begin().then(() => socketTo(first.port, first.address));
  // Of a large fleet most wait here, so that nothing else is held meanwhile.
  return turns.link(requestFor(node, first, null), connect).then((link) => goOn(node, turns, link));
}

/** From the first host on the way. */
async function goOn(node: NodeAddress, turns: Turns, first: SshLink): Promise<Session> {
  const links = [first];
  try {
    for (const host of [...node.jumps, node].slice(1)) {
      const last = links.at(-1)!;
      links.push(await turns.link(requestFor(node, host, last.request), () => last.forwardTo(host)));
    }
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
    endSession({ links });
    throw error;
  }
}

function requestFor(node: NodeAddress, host: SshHost, via: LinkRequest | null): LinkRequest {
  const { name, identityFile, knownHosts } = node;
  const { address, port, user } = host;
  return { address, port, user, node: name, identityFile, knownHosts, isJump: host !== node, via };
}

/** The node's link first: what leads there ends with it. */
export function endSession({ links }: Pick<Session, 'links'>): void {
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
