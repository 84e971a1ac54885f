/** An answer that is asked for once for all who want it, and kept for a while. */
export class Fresh<T> {
  private asked: { readonly at: number; readonly answer: Promise<T> } | null = null;

  constructor(
    private readonly forMs: number,
    private readonly ask: () => Promise<T>,
  ) {}

  get(): Promise<T> {
    const { asked } = this;
    if (asked && Date.now() - asked.at < this.forMs) return asked.answer;
    const answer = this.ask();
    const now = { at: Date.now(), answer };
    this.asked = now;
    // What failed is not kept.
    answer.catch(() => {
      if (this.asked === now) this.asked = null;
    });
    return answer;
  }
}

/** Keeps so many answers, those that were asked for last. */
export class Kept<T> {
  private readonly byName = new Map<string, T>();

  constructor(private readonly most: number) {}

  get(name: string): T | undefined {
    const value = this.byName.get(name);
    if (value !== undefined) this.set(name, value);
    return value;
  }

  set(name: string, value: T): void {
    this.byName.delete(name);
    this.byName.set(name, value);
    for (const [oldest] of this.byName) {
      if (this.byName.size <= this.most) break;
      this.byName.delete(oldest);
    }
  }
}
