/**
 * The network between worker and node, as a TCP proxy. It does everywhere, and without root, what network namespaces would
 * do; a link that is slow and lossy is possible only so, because not every kernel has netem.
 */
import { createServer, connect, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../lab/ports.js';

/** A retransmission, as TCP shows loss to those who use it. */
const STALL_MS = 600;
const SLOW_MS = 40;
const STALL_EVERY = 12;
/** By then the server has done what it was asked for. */
const EFFECT_MS = 300;

type Weather = 'fair' | 'slow' | 'down';

export interface Proxy {
  readonly port: number;
  /** Open connections hang, new ones are refused. */
  down(): void;
  /** Every packet late, some of them by a retransmission. */
  slow(): void;
  fair(): void;
  /** The next request reaches the server; its reply is lost and the connection cut. */
  loseReply(): void;
  close(): Promise<void>;
}

export async function startProxy(target: number): Promise<Proxy> {
  const port = await freePort();
  const link = new Link(target);
  const server = createServer((client) => link.carry(client));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port,
    down: () => (link.weather = 'down'),
    slow: () => (link.weather = 'slow'),
    fair: () => link.recover(),
    loseReply: () => (link.losesReply = true),
    close: () => closed(server, link),
  };
}

class Link {
  weather: Weather = 'fair';
  losesReply = false;
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private packets = 0;

  constructor(private readonly target: number) {}

  carry(client: Socket): void {
    if (this.weather === 'down') {
      client.destroy();
      return;
    }
    const server = connect(this.target, '127.0.0.1');
    const pair = [client, server] as const;
    this.pairs.add(pair);
    const end = () => {
      client.destroy();
      server.destroy();
      this.pairs.delete(pair);
    };
    for (const socket of pair) {
      socket.on('error', end);
      socket.on('close', end);
    }
    let isDeaf = false;
    const onRequest = () => {
      if (!this.losesReply || isDeaf) return;
      this.losesReply = false;
      isDeaf = true;
      setTimeout(end, EFFECT_MS);
    };
    this.pump(client, server, onRequest, () => false);
    this.pump(
      server,
      client,
      () => {},
      () => isDeaf,
    );
  }

  /** What a link that was down held back is lost: those connections are over. */
  recover(): void {
    const wasDown = this.weather === 'down';
    this.weather = 'fair';
    if (wasDown) this.cut();
  }

  cut(): void {
    for (const [client, server] of this.pairs) {
      client.destroy();
      server.destroy();
    }
  }

  private pump(from: Socket, to: Socket, onData: () => void, isLost: () => boolean): void {
    let last: Promise<unknown> = Promise.resolve();
    from.on('data', (data) => {
      onData();
      last = last.then(async () => {
        if (this.weather === 'slow') await sleep(++this.packets % STALL_EVERY === 0 ? STALL_MS : SLOW_MS);
        if (this.weather !== 'down' && !isLost() && to.writable) to.write(data);
      });
    });
  }
}

function closed(server: Server, link: Link): Promise<void> {
  link.cut();
  return new Promise((resolve) => server.close(() => resolve()));
}
