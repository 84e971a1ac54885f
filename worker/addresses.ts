/** `HOST:PORT`, or a port alone: then nobody but this machine can ask. Null when it is neither. */
export function listenAddress(text: string): string | null {
  const [, host = '127.0.0.1', port] =
    /^(?:(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)?:)?(\d{1,5})$/.exec(text) ?? [];
  return port === undefined || Number(port) > 65_535 ? null : `${host}:${port}`;
}
