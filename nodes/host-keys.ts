/** Whether a host shows a key that is pinned for it. */
import { createHash } from 'node:crypto';
import { mayBeSecret } from '../core/secrets.js';
import { readKnownHosts, type KnownHosts, type PinnedKey } from './known-hosts.js';
import { NodeError } from './node-error.js';

export interface HostKeyQuestion {
  readonly node: string;
  readonly address: string;
  readonly port: number;
  /** Path of the `known_hosts` file. */
  readonly knownHosts: string;
  /** Whether it is a host on the way to the node. */
  readonly isJump?: boolean;
}

const SSH_PORT = 22;

/** What is pinned for one host. */
export class PinnedHostKeys {
  private constructor(
    private readonly question: HostKeyQuestion,
    private readonly pinned: readonly PinnedKey[],
  ) {}

  /** @throws NodeError `host-key-unknown` when the file can't be read or names no key for this host */
  static async load(question: HostKeyQuestion): Promise<PinnedHostKeys> {
    const { node, knownHosts } = question;
    const hosts = await readKnownHosts(knownHosts).catch(() => {
      throw new NodeError(
        'host-key-unknown',
        node,
        `can't read the known hosts file ${knownHosts}; ${fixOf(question)}`,
      );
    });
    return PinnedHostKeys.of(question, hosts);
  }

  /** @param hosts content of the `known_hosts` file */
  static of(question: HostKeyQuestion, hosts: KnownHosts): PinnedHostKeys {
    return new PinnedHostKeys(question, hosts.pinnedFor(hostName(question)));
  }

  /** Types of the keys that are pinned, so that the host is asked for one of them. */
  get types(): string[] {
    return [...new Set(this.pinned.filter(({ isRevoked }) => !isRevoked).map(({ type }) => type))];
  }

  /** @throws NodeError `host-key-unknown` or `host-key-changed`, with the fix */
  verify(presented: Buffer): void {
    const { question, pinned } = this;
    const same = pinned.filter(({ key }) => key.equals(presented));
    const revoked = same.find(({ isRevoked }) => isRevoked);
    if (revoked) {
      throw this.error(
        'host-key-changed',
        `${subjectOf(question)} is marked @revoked in line ${revoked.line} of ${question.knownHosts}`,
      );
    }
    if (same.length > 0) return;
    const shown = `it shows ${typeOf(presented)} ${digestOf(presented)}`;
    const [other] = pinned.filter(({ isRevoked }) => !isRevoked);
    if (!other)
      throw this.error(
        'host-key-unknown',
        `${subjectOf(question)} is not in ${question.knownHosts}; ${shown}; ${fixOf(question)}`,
      );
    throw this.error(
      'host-key-changed',
      `${subjectOf(question)} is not the one of line ${other.line} of ${question.knownHosts}; ${shown}; if it was reinstalled and ` +
        `that fingerprint is right: ssh-keygen -R '${hostName(question)}' -f ${question.knownHosts}, then ${fixOf(question)}`,
    );
  }

  private error(code: 'host-key-unknown' | 'host-key-changed', message: string): NodeError {
    return new NodeError(code, this.question.node, message);
  }
}

function subjectOf(question: HostKeyQuestion): string {
  return question.isJump ? `the host key of the jump host ${hostName(question)}` : 'its host key';
}

function fixOf({ address, port, knownHosts }: HostKeyQuestion): string {
  return `compare the fingerprint on that machine, then: ssh-keyscan -p ${port} ${address} >> ${knownHosts}`;
}

/** A host on another port than 22 is written in brackets. */
function hostName({ address, port }: HostKeyQuestion): string {
  return port === SSH_PORT ? address : `[${address}]:${port}`;
}

/** Names of algorithms, which are short and readable (RFC 4251, 6). */
const TYPE = /^[a-z0-9@.-]{1,64}$/;

/** The type stands first in the key's own encoding (RFC 4253, 6.6). */
function typeOf(key: Buffer): string {
  const type = key.length < 4 ? '' : key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
  return TYPE.test(type) && !mayBeSecret(type) ? type : 'a key of no known type';
}

/** As OpenSSH prints it. */
function digestOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}
