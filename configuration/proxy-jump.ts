/** Hosts on the way to a node, as OpenSSH's `ProxyJump` and `ssh -J` have them: `[user@]host[:port]`, separated by commas. */
import { bareHost } from '../core/addresses.js';
import { text } from './fields.js';

export interface Jump {
  readonly user: string;
  readonly address: string;
  readonly port: number;
}

const SSH_PORT = 22;
/** A node that is reached without any, where others are not. */
const NONE = 'none';

/** Nothing that a shell, or a log, would read in another way; IPv6 in brackets. */
const HOP = /^(?:([A-Za-z0-9._-]+)@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/;

export const proxyJump = text(
  'Hosts on the way, as in OpenSSH: [user@]host[:port], several separated by commas, or none.',
).refine((value) => value === NONE || value.split(',').every(isHop), {
  error: '[user@]host[:port], several separated by commas, or none',
});

/** @param user who logs in where none is named */
export function jumpsOf(value: string | undefined, user: string): Jump[] {
  if (value === undefined || value === NONE) return [];
  return value.split(',').map((hop) => {
    const [, ownUser = user, address, port = `${SSH_PORT}`] = HOP.exec(hop)!;
    return { user: ownUser, address: bareHost(address!), port: Number(port) };
  });
}

function isHop(hop: string): boolean {
  const [, , address, port = `${SSH_PORT}`] = HOP.exec(hop) ?? [];
  return address !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}
