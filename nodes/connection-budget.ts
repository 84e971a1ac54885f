/** An open connection that nobody is using. */
export interface Resting {
  /** Ends it; has {@link ConnectionBudget.free} called. */
  close(): void;
}

/**
 * How many connections may be open at the same time. Those that rest are kept for the next visit, and closed, the one that
 * has rested longest first, when somebody else needs the place.
 */
export class ConnectionBudget {
  private open = 0;
  private readonly resting = new Set<Resting>();
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly most: number) {}

  /** Resolves when there is a place for one more connection, which is then taken. */
  async take(): Promise<void> {
    if (this.open >= this.most) this.oldest()?.close();
    if (this.open < this.most) {
      this.open++;
      return;
    }
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** A visit is over, and its connection is kept, unless somebody waits for the place. */
  rest(connection: Resting): void {
    if (this.waiting.length > 0) connection.close();
    else this.resting.add(connection);
  }

  /** The next visit has begun. */
  wake(connection: Resting): void {
    this.resting.delete(connection);
  }

  /** A connection is closed, and its place is free. */
  free(connection: Resting): void {
    this.resting.delete(connection);
    const next = this.waiting.shift();
    if (next) next();
    else this.open--;
  }

  private oldest(): Resting | undefined {
    return this.resting.values().next().value;
  }
}
