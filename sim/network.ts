/** The network between workers and nodes. A connection keeps its requests in order, and may deliver them long after. */
import { NodeError } from '../nodes/node-error.js';
import type { Faults } from './faults.js';
import type { VirtualNode } from './node.js';
import type { Random } from './random.js';
import type { Time } from './time.js';

/** As in `SftpFiles`. */
const REQUEST_TIMEOUT_MS = 15_000;

/** A run of production code that can be stopped between any two requests, for ever. */
export interface Runner {
  isStopped: boolean;
}

type Serve<T> = (node: VirtualNode, now: number) => T;

export interface Network {
  readonly time: Time;
  readonly random: Random;
  readonly faults: Faults;
  /** Told when a write is under way to a node, so that users' requests can meet it. */
  readonly onWrite: (node: VirtualNode) => void;
  /** Told of a fault that a request meets. */
  readonly onTrouble: (node: VirtualNode) => void;
}

/** One connection to one node. */
export class Session {
  private lastArrivalAt = 0;
  private isLost = false;
  private readonly bootCount: number;

  constructor(
    readonly node: VirtualNode,
    private readonly network: Network,
    private readonly runner: Runner,
  ) {
    this.bootCount = node.disk.powerLosses;
  }

  /** @throws NodeError `unreachable` */
  connect(): Promise<void> {
    const { isUp, isCutOff } = this.node;
    return new Promise((resolve, reject) => {
      const fail = () => reject(this.unreachable("can't connect"));
      if (!isUp || isCutOff) this.answer(isUp ? 10_000 : 300, 'no-connection', fail);
      else this.answer(this.latency() * 3, 'connected', resolve);
    });
  }

  ask<T>(what: string, isWrite: boolean, serve: Serve<T>): Promise<T> {
    const { network, node, runner } = this;
    return new Promise<T>((resolve, reject) => {
      if (runner.isStopped) return;
      if (isWrite) network.onWrite(node);
      const timeOut = () => reject(this.unreachable(`no answer to ${what}`));
      const lose = () => reject(this.unreachable(`the connection was lost during ${what}`));
      if (this.isLost) return this.answer(0, 'lost', lose);
      const fate = network.faults.fateOfRequest();
      if (fate !== 'served') network.onTrouble(node);
      if (fate === 'connection lost before') {
        this.isLost = true;
        return this.answer(this.latency(), 'lost', lose);
      }
      const stall = Math.max(
        fate === 'stalled' ? network.random.between(1, 240_000) : 0,
        node.stalledUntil - network.time.now,
      );
      const arrivesAt = Math.max(this.lastArrivalAt, network.time.now + this.latency() + stall);
      this.lastArrivalAt = arrivesAt;
      const left = REQUEST_TIMEOUT_MS - (arrivesAt - network.time.now);
      const isAnswered = left > 0 && fate !== 'reply lost';
      if (!isAnswered) this.answer(REQUEST_TIMEOUT_MS, 'timeout', timeOut);
      this.arrive(what, arrivesAt - network.time.now, serve, (value, error) => {
        if (!isAnswered) return;
        if (error === 'gone') this.answer(this.latency(), 'lost', lose);
        else if (error === 'held') this.answer(left, 'timeout', timeOut);
        else if (fate === 'connection lost after') {
          this.isLost = true;
          this.answer(this.latency(), 'lost', lose);
        } else this.answer(this.latency(), 'reply', () => (error ? reject(error) : resolve(value as T)));
      });
    });
  }

  /** A partition holds a request back; half of them come through when it ends, long after anybody waits for them. */
  private arrive<T>(
    what: string,
    delayMs: number,
    serve: Serve<T>,
    done: (value: T | null, error: Error | 'gone' | 'held' | null) => void,
  ): void {
    const { network, node } = this;
    network.time.after(delayMs, what, node.name, () => {
      if (!node.isUp || node.disk.powerLosses !== this.bootCount) return done(null, 'gone');
      if (node.isCutOff) {
        if (network.random.chance(0.5)) this.arrive(what, 5_000, serve, () => {});
        return done(null, 'held');
      }
      let value: T;
      try {
        value = serve(node, network.time.now);
      } catch (error) {
        if (!(error instanceof NodeError)) throw error;
        return done(null, error);
      }
      done(value, null);
    });
  }

  private answer(delayMs: number, what: string, finish: () => void): void {
    const { time } = this.network;
    time.after(delayMs, what, this.node.name, () => {
      if (!this.runner.isStopped) time.settle(finish);
    });
  }

  private latency(): number {
    const { random } = this.network;
    return random.chance(0.02) ? random.between(20, 400) : random.between(1, 12);
  }

  private unreachable(message: string): NodeError {
    return new NodeError('unreachable', this.node.name, message);
  }
}
