/**
 * The way between worker and node, as a TCP proxy: it can be slow and lossy, because not every kernel has netem; it can lose
 * one reply; and it can hold everything for a moment, so that a fault strikes in the middle of a phase and not after it.
 */
import { createServer, connect, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../lab/ports.js';
import type { Gate } from './gate.js';
import type { Chance } from './random.js';

const SLOW_MS = 40;
/** A retransmission, as TCP shows loss to those who use it. */
const STALL_MS = 600;
const STALLS = 0.08;
/** Of packets: a visit takes about fifty, so that some visits come through and some do not. */
const CUTS = 0.01;
/** One of so many packets is the first that cuts the connection: chance alone might spare them all. */
const FIRST_CUT_WITHIN = 12;

export interface Target {
  readonly address: string;
  readonly port: number;
}

export interface Proxy {
  readonly port: number;
  /** Open connections hang, new ones are refused. */
  down(): void;
  /** Every packet late, some of them by a retransmission, and connections cut by chance. */
  slow(chance: Chance): void;
  fair(): void;
  /** Connections that {@link slow} has cut since it was called. */
  cuts(): number;
  /** The next reply of which the caller says so is lost, and its connection cut; resolves when that has happened. */
  loseReply(isTheOne: () => boolean): Promise<void>;
  close(): Promise<void>;
}

export async function startProxy(target: Target, gate: Gate): Promise<Proxy> {
  const port = await freePort();
  const link = new Link(target, gate);
  const server = createServer((client) => link.carry(client));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port,
    down: () => link.goDown(),
    slow: (chance) => link.slowDown(chance),
    fair: () => link.recover(),
    cuts: () => link.cuts,
    loseReply: (isTheOne) => new Promise((resolve) => (link.reply = { isTheOne, wasLost: resolve })),
    close: () => closed(server, link),
  };
}

interface ReplyToLose {
  readonly isTheOne: () => boolean;
  readonly wasLost: () => void;
}

class Link {
  cuts = 0;
  reply: ReplyToLose | null = null;
  private isDown = false;
  private slowness: Chance | null = null;
  private untilFirstCut = 0;
  private readonly pairs = new Set<readonly [Socket, Socket]>();

  constructor(
    private readonly target: Target,
    private readonly gate: Gate,
  ) {}

  carry(client: Socket): void {
    if (this.isDown) {
      client.destroy();
      return;
    }
    const server = connect(this.target.port, this.target.address);
    const pair = [client, server] as const;
    this.pairs.add(pair);
    const end = () => {
      client.destroy();
      server.destroy();
      this.pairs.delete(pair);
    };
    this.pump(client, server, () => this.isCut(), end);
    this.pump(server, client, () => this.isLostReply() || this.isCut(), end);
  }

  goDown(): void {
    this.isDown = true;
  }

  slowDown(chance: Chance): void {
    this.slowness = chance;
    this.cuts = 0;
    this.untilFirstCut = 1 + Math.floor(chance.next() * FIRST_CUT_WITHIN);
  }

  /** What a link that was down held back is lost: those connections are over. */
  recover(): void {
    if (this.isDown) this.cutAll();
    this.isDown = false;
    this.slowness = null;
  }

  cutAll(): void {
    for (const [client, server] of this.pairs) {
      client.destroy();
      server.destroy();
    }
  }

  /** What was said before a connection was closed is passed on first, as a network would. */
  private pump(from: Socket, to: Socket, isTheEnd: () => boolean, end: () => void): void {
    let last: Promise<unknown> = Promise.resolve();
    from.on('error', () => {}); // it is closed next
    from.on('close', () => void last.then(end));
    from.on('data', (data) => {
      last = last.then(async () => {
        await this.gate.pass();
        if (this.slowness) await sleep(this.slowness.next() < STALLS ? STALL_MS : SLOW_MS);
        if (this.isDown || !to.writable) return;
        if (isTheEnd()) end();
        else to.write(data);
      });
    });
  }

  private isCut(): boolean {
    if (this.slowness === null) return false;
    const isCut = --this.untilFirstCut === 0 || this.slowness.next() < CUTS;
    if (isCut) this.cuts++;
    return isCut;
  }

  private isLostReply(): boolean {
    const { reply } = this;
    if (!reply?.isTheOne()) return false;
    this.reply = null;
    reply.wasLost();
    return true;
  }
}

function closed(server: Server, link: Link): Promise<void> {
  link.cutAll();
  return new Promise((resolve) => server.close(() => resolve()));
}
