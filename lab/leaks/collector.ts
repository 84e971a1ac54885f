/** Remembers every key that ever stood in some repositories, to look for them elsewhere when all is over. */
import { keysIn } from './search.js';

/** Keys stay for a rotation at least, so this misses none. */
const INTERVAL_MS = 200;

export class KeyCollector {
  private readonly seen = new Map<string, Buffer>();
  private readonly timer: NodeJS.Timeout;

  /** @param repositories directories; one that is not there now and then is no error */
  constructor(private readonly repositories: readonly string[]) {
    this.look();
    this.timer = setInterval(() => this.look(), INTERVAL_MS).unref();
  }

  /** Looks for the last time. */
  stop(): Buffer[] {
    clearInterval(this.timer);
    this.look();
    return [...this.seen.values()];
  }

  private look(): void {
    for (const repository of this.repositories) {
      try {
        for (const key of keysIn(repository)) this.seen.set(key.toString('hex'), key);
      } catch {
        continue; // a test is at work there; the next look finds it
      }
    }
  }
}
