/** When a host on the way to a node may be connected to, and when its handshake may begin. */
import type { Duplex } from 'node:stream';
import { Limit } from '../core/limit.js';
import { Doors } from './doors.js';
import { NodeError } from './node-error.js';
import { SshLink, connectError, type LinkRequest } from './ssh-link.js';

/** Handshakes at the same time: more only make each of them slower, up to its time-out. */
export const MOST_HANDSHAKES = 32;
/**
 * Hosts that are being connected to at the same time. One that does not answer costs a time-out and no work, so that these may be
 * more; of a fleet of which no node answers each look is over before what it found is too old (`core/key-states.ts`).
 */
const MOST_CONNECTING = 128;

export class Turns {
  private readonly doors = new Doors();
  private readonly connecting = new Limit(MOST_CONNECTING);
  /** Apart, because whoever waits here has a connection already, which those who begin may be waiting for. */
  private readonly forwarding = new Limit(MOST_CONNECTING);
  private readonly handshakes = new Limit(MOST_HANDSHAKES);

  /**
   * Logs in at one host.
   *
   * @param connect asked for what leads there, once the host has begun to speak
   * @throws NodeError
   */
  link(request: LinkRequest, connect: () => Promise<Duplex>): Promise<SshLink> {
    const turns = request.via ? this.forwarding : this.connecting;
    return this.doors
      .enter(request, () => turns.run(() => this.logIn(request, connect)))
      .catch((error: unknown) => {
        throw error instanceof NodeError ? error : connectError(request, error);
      });
  }

  private async logIn(request: LinkRequest, connect: () => Promise<Duplex>): Promise<SshLink> {
    const over = await connect();
    try {
      return await this.handshakes.run(() => SshLink.open(request, over));
    } catch (error) {
      over.destroy();
      throw error;
    }
  }
}
