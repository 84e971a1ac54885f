/** Holds everything that goes between worker and nodes, as long as anybody asks for it. */
export class Gate {
  private holders = 0;
  private waiting: (() => void)[] = [];
  private readonly guards = new Set<() => Promise<void>>();

  /** @returns what lets go again; more than once does no harm */
  hold(): () => void {
    this.holders++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      if (--this.holders === 0) for (const pass of this.waiting.splice(0)) pass();
    };
  }

  /** Holds everything from the first packet on of which `isTheOne` says so: each waits until that was asked. */
  holdWhen(isTheOne: () => Promise<boolean>): { isHeld: () => boolean; letGo: () => void } {
    let letGo: (() => void) | null = null;
    const guard = async () => {
      const isMeant = await isTheOne();
      if (isMeant && this.guards.delete(guard)) letGo = this.hold();
    };
    this.guards.add(guard);
    return {
      isHeld: () => letGo !== null,
      letGo: () => {
        this.guards.delete(guard);
        letGo?.();
      },
    };
  }

  /** Resolves when a packet may go on that has just arrived. */
  async pass(): Promise<void> {
    await this.isOpen();
    await Promise.all([...this.guards].map((guard) => guard()));
    await this.isOpen();
  }

  private isOpen(): Promise<void> {
    if (this.holders === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
