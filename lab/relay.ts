/** A way to a server that passes on whatever comes, and of which the ends are at hand. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface Relay extends Target {
  /** Ends every connection that is open. */
  cutAll(): void;
  stop(): Promise<void>;
}

/** Both ends of one connection. */
export interface Ends {
  readonly near: Socket;
  readonly far: Socket;
}

/** From now on nothing comes through any more, and neither end is told. */
export function hang({ near, far }: Ends): void {
  for (const end of [near, far]) end.unpipe().pause();
}

/**
 * Listens on loopback.
 *
 * @param onConnection told of each connection once it is passed on
 */
export async function startRelay(
  target: Target,
  onConnection: (ends: Ends) => void = () => {},
): Promise<Relay> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target);
    const end = () => {
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        open.delete(socket);
        end();
      });
    }
    near.pipe(far).pipe(near);
    onConnection({ near, far });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cutAll = () => open.forEach((socket) => socket.destroy());
  const { address: host, port } = server.address() as AddressInfo;
  return {
    host,
    port,
    cutAll,
    stop: async () => {
      cutAll();
      server.close();
      await once(server, 'close');
    },
  };
}
