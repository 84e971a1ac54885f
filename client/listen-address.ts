import { bareHost, type SocketAddress } from '../core/addresses.js';
import { usageError } from './errors.js';

/**
 * Where to listen: `HOST:PORT`, or a port alone, then nobody but this machine can ask.
 *
 * @throws UserError (usage)
 */
export function listenAddress(option: string, text: string): SocketAddress {
  const [, host = '127.0.0.1', port] =
    /^(?:(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)?:)?(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535)
    throw usageError(`${option}: expected HOST:PORT or a port, got ${JSON.stringify(text)}`);
  return { host: bareHost(host), port: Number(port) };
}
