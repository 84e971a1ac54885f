import { startRelay } from '../../lab/relay.js';

export interface Proxy {
  readonly address: string;
  /** Ends every connection, and refuses new ones until `restore`. */
  cut(): void;
  restore(): void;
  stop(): Promise<void>;
}

/** A way to a server that can be cut. */
export async function startProxy(target: string): Promise<Proxy> {
  const [host, port] = target.split(':');
  let isCut = false;
  const relay = await startRelay({ host: host!, port: Number(port) }, ({ near }) => {
    if (isCut) near.destroy();
  });
  return {
    address: `${relay.host}:${relay.port}`,
    cut: () => {
      isCut = true;
      relay.cutAll();
    },
    restore: () => {
      isCut = false;
    },
    stop: () => relay.stop(),
  };
}
