/** The file `known_hosts`, as OpenSSH keeps it (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
import { createHmac } from 'node:crypto';
import { grouped } from '../core/grouped.js';
import { KeptFiles } from './kept-files.js';

export interface PinnedKey {
  /** From 1. */
  readonly line: number;
  readonly type: string;
  readonly key: Buffer;
  readonly isRevoked: boolean;
}

interface Line extends PinnedKey {
  readonly patterns: string;
}

/** A name and nothing else: neither a list, nor a glob, nor a hash. */
const PLAIN_NAME = /^[^*?!,|]+$/;

/** What a file pins, looked up by host; a fleet of thousands asks for each of its nodes at every visit. */
export class KnownHosts {
  private readonly byName: ReadonlyMap<string, readonly Line[]>;
  /** Lines that have to be tried one by one. */
  private readonly others: readonly Line[];
  private readonly asked = new Map<string, readonly PinnedKey[]>();

  constructor(text: string) {
    const lines = text.split('\n').flatMap((content, index) => parse(content, index + 1) ?? []);
    const isPlain = ({ patterns }: Line) => PLAIN_NAME.test(patterns);
    this.byName = grouped(lines.filter(isPlain), ({ patterns }) => patterns.toLowerCase());
    this.others = lines.filter((line) => !isPlain(line));
  }

  /** @param host as it stands in the file: in brackets with its port unless that is 22 */
  pinnedFor(host: string): readonly PinnedKey[] {
    const name = host.toLowerCase();
    let pinned = this.asked.get(name);
    if (!pinned) {
      const others = this.others.filter(({ patterns }) => matches(patterns, name));
      pinned = [...(this.byName.get(name) ?? []), ...others].sort((a, b) => a.line - b.line);
      this.asked.set(name, pinned);
    }
    return pinned;
  }
}

const files = new KeptFiles((content) => new KnownHosts(content.toString('utf8')));

/** @throws as the file system does */
export function readKnownHosts(path: string): Promise<KnownHosts> {
  return files.read(path);
}

function parse(content: string, line: number): Line | null {
  const fields = content.trim().split(/\s+/);
  const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined;
  const [patterns, type, base64] = fields;
  // Certificates of hosts can't be checked with ssh2, so a line of an authority pins nothing.
  if (!patterns || patterns.startsWith('#') || !type || !base64 || marker === '@cert-authority') return null;
  return { line, patterns, type, key: Buffer.from(base64, 'base64'), isRevoked: marker === '@revoked' };
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
