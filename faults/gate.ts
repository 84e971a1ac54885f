/** Holds everything that goes between worker and nodes, as long as anybody asks for it. */
export class Gate {
  private holders = 0;
  private waiting: (() => void)[] = [];

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

  isOpen(): Promise<void> {
    if (this.holders === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
