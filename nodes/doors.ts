/** Hosts at which connections come in: a node, or a jump host that leads to many. */
import { Limit } from '../core/limit.js';
import { SilentHostError } from './host-socket.js';
import type { LinkRequest } from './ssh-link.js';

/** An sshd turns some away as soon as ten are there who have not logged in yet (`MaxStartups` in sshd_config(5)). */
const MOST_AT_A_DOOR = 8;

class Door {
  private readonly limit = new Limit(MOST_AT_A_DOOR);
  private silences = 0;
  /** Coming in, or waiting for their turn. */
  private guests = 0;

  constructor(private readonly onDeserted: () => void) {}

  /** When one finds out that nobody answers, those who waited with it need not find out for themselves. */
  enter<T>(comeIn: () => Promise<T>): Promise<T> {
    const before = this.silences;
    this.guests++;
    return this.limit.run(async () => {
      try {
        if (this.silences > before) throw new SilentHostError();
        return await comeIn();
      } catch (error) {
        if (error instanceof SilentHostError) this.silences++;
        throw error;
      } finally {
        if (--this.guests === 0) this.onDeserted();
      }
    });
  }
}

export class Doors {
  private readonly doors = new Map<string, Door>();

  /**
   * Comes in at a host when its turn has come.
   *
   * @throws SilentHostError when one before it was told so; else what `comeIn` throws
   */
  enter<T>(host: LinkRequest, comeIn: () => Promise<T>): Promise<T> {
    const name = nameOf(host);
    const door = this.doors.get(name) ?? new Door(() => this.doors.delete(name));
    this.doors.set(name, door);
    return door.enter(comeIn);
  }
}

/** With the way there, because one private address is another host at each site. */
function nameOf({ address, port, via }: LinkRequest): string {
  const name = `${address} ${port}`;
  return via ? `${nameOf(via)} ${name}` : name;
}
