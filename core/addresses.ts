/** Hosts and ports: bare as a socket takes them, and in brackets as an address writes an IPv6 one (RFC 3986, 3.2.2). */

export interface SocketAddress {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

/** `host:port` */
export function addressText({ host, port }: SocketAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Without the brackets of an IPv6 address. */
export function bareHost(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

/** Null for what is no URL. `URL.canParse` says yes to some that `URL` then refuses (Node 20). */
export function parsedUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
