import { createConnection, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { coalesceWrites } from './coalesced-writes.js';

/** A handshake takes a tenth of a second on an idle node; this is a host that is not there. */
export const CONNECT_TIMEOUT_MS = 10_000;

/**
 * After so much silence the kernel asks whether the other side is there, so that a connection that rests is not forgotten by what stands on
 * its way, and one that was is closed. SSH has such questions too, but each costs the worker a tenth of a millisecond, and of thousands of
 * connections nearly all rest.
 */
const ASK_AFTER_MS = 10_000;

/** Nobody answered: neither a server, nor a system that would say that there is none. */
export class SilentHostError extends Error {
  constructor() {
    super('ETIMEDOUT');
  }
}

/**
 * A connection to a host whose server has begun to speak. What is written leaves at once, as from OpenSSH's own client: else each part of a
 * handshake would wait until the other side has confirmed the one before, two round trips in all.
 *
 * @throws SilentHostError; else what the system says
 */
export function socketTo(port: number, address: string): Promise<Socket> {
  return spoken(
    coalesceWrites(
      createConnection({
        port,
        host: address,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: ASK_AFTER_MS,
      }),
    ),
  );
}

/**
 * Waits until a server has begun to speak, as every SSH server does at once (RFC 4253, 4.2); what it said is still to be read. So
 * a host that is not there, or that hangs, is found out before anything of it costs time.
 *
 * @param way to the server; ended when it says nothing
 * @throws SilentHostError; else what the way says
 */
export function spoken<Way extends Duplex>(way: Way): Promise<Way> {
  return new Promise<Way>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new SilentHostError());
      way.destroy();
    }, CONNECT_TIMEOUT_MS);
    // Also for later: an error that nobody listens to ends the process.
    way.on('error', reject);
    way.once('close', () => {
      clearTimeout(timer);
      reject(new Error('closed'));
    });
    way.once('data', (words) => {
      clearTimeout(timer);
      way.pause();
      way.unshift(words);
      resolve(way);
    });
  });
}
