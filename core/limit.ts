/** At most so many at the same time; the others wait, in their order. Thousands may, so that each of them is little to keep. */
export class Limit {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly most: number) {}

  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.most)
      return new Promise((resolve) => this.waiting.push(() => resolve(this.start(work))));
    this.running++;
    return this.start(work);
  }

  private async start<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /** Whoever waits takes the place over, so that nobody slips in between. */
  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running--;
  }
}
