/** Pinned host keys, as OpenSSH keeps them in `known_hosts` (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
import { createHash, createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { mayBeSecret } from '../core/secrets.js';
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

interface PinnedKey {
  readonly line: number;
  readonly type: string;
  readonly key: Buffer;
  readonly isRevoked: boolean;
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
    const text = await readFile(knownHosts, 'utf8').catch(() => {
      throw new NodeError(
        'host-key-unknown',
        node,
        `can't read the known hosts file ${knownHosts}; ${fixOf(question)}`,
      );
    });
    return PinnedHostKeys.of(question, text);
  }

  /** @param text content of the `known_hosts` file */
  static of(question: HostKeyQuestion, text: string): PinnedHostKeys {
    return new PinnedHostKeys(question, pinnedFor(question, text));
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

function pinnedFor(question: HostKeyQuestion, text: string): PinnedKey[] {
  const host = hostName(question).toLowerCase();
  return text.split('\n').flatMap((content, index): PinnedKey[] => {
    const fields = content.trim().split(/\s+/);
    const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined;
    const [patterns, type, base64] = fields;
    // Certificates of hosts can't be checked with ssh2, so a line of an authority pins nothing.
    if (!patterns || patterns.startsWith('#') || !type || !base64 || marker === '@cert-authority') return [];
    if (!matches(patterns, host)) return [];
    return [{ line: index + 1, type, key: Buffer.from(base64, 'base64'), isRevoked: marker === '@revoked' }];
  });
}

function matches(patterns: string, host: string): boolean {
  if (patterns.startsWith('|1|')) return matchesHash(patterns, host);
  const all = patterns.toLowerCase().split(',');
  const isExcluded = all.some((pattern) => pattern.startsWith('!') && matchesGlob(pattern.slice(1), host));
  return !isExcluded && all.some((pattern) => !pattern.startsWith('!') && matchesGlob(pattern, host));
}

/** `|1|salt|HMAC-SHA1 of the name`, as `HashKnownHosts` writes it. */
function matchesHash(pattern: string, host: string): boolean {
  const [, , salt, hash] = pattern.split('|');
  if (!salt || !hash) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(host).digest('base64') === hash;
}

/** `*` and `?`, in a time that grows with both lengths only: a regular expression of many stars takes for ever over a long name. */
function matchesGlob(pattern: string, host: string): boolean {
  let [at, read] = [0, 0];
  let star: { readonly at: number; read: number } | null = null;
  while (read < host.length) {
    if (pattern[at] === '*') {
      star = { at: ++at, read };
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === host[read])) {
      at++;
      read++;
    } else if (star) {
      at = star.at;
      read = ++star.read;
    } else {
      return false;
    }
  }
  return [...pattern.slice(at)].every((rest) => rest === '*');
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
