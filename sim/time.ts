/** Virtual time: events in their order, and production code that waits for them. */

interface Event {
  readonly at: number;
  /** Among events of the same time the one that was scheduled first comes first. */
  readonly number: number;
  readonly what: string;
  readonly who: string;
  readonly happen: () => void;
}

/** What a failure shows of the moments before it. */
const REMEMBERED_EVENTS = 40;

/** Too frequent to tell anything. */
const DULL = new Set(['keystone', 'request', 'reply']);

/** Any fixed moment will do; this is 2024-01-01. */
const BEGINNING = 1_704_067_200_000;

export class Time {
  now = BEGINNING;
  steps = 0;
  /** Over every event's time and name: two runs with the same hash did the same. */
  hash = 0;
  private readonly queue: Event[] = [];
  private scheduled = 0;
  private readonly past: string[] = [];
  /** Promises were settled since production code last ran. */
  private isAwaited = true;

  after(delayMs: number, what: string, who: string, happen: () => void): void {
    this.push({
      at: this.now + Math.max(0, Math.round(delayMs)),
      number: this.scheduled++,
      what,
      who,
      happen,
    });
  }

  sleep(ms: number, what: string, who: string): Promise<void> {
    return new Promise((resolve) => this.after(ms, what, who, () => this.settle(resolve)));
  }

  /** Settles a promise that production code may wait for. */
  settle(finish: () => void): void {
    this.isAwaited = true;
    finish();
  }

  /** Goes on until the condition holds or nothing is left to happen. */
  async runUntil(isOver: () => boolean): Promise<void> {
    for (;;) {
      if (this.isAwaited) {
        this.isAwaited = false;
        await everythingHasRun();
      }
      if (isOver()) return;
      const event = this.pop();
      if (!event) return;
      this.now = event.at;
      this.steps++;
      this.remember(event);
      event.happen();
    }
  }

  /** Notes something that is no event of its own. */
  note(what: string, who: string): void {
    this.past[this.noted++ % REMEMBERED_EVENTS] = `${this.seconds()} ${what} ${who}`;
  }

  lastEvents(): string[] {
    const start = this.noted % REMEMBERED_EVENTS;
    return [...this.past.slice(start), ...this.past.slice(0, start)].slice(-REMEMBERED_EVENTS);
  }

  /** Since the beginning. */
  seconds(): string {
    return `${((this.now - BEGINNING) / 1000).toFixed(3)} s`;
  }

  private noted = 0;

  private remember({ at, what, who }: Event): void {
    if (!DULL.has(what)) this.note(what, who);
    let { hash } = this;
    for (const text of [what, who])
      for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    this.hash = Math.imul(hash ^ (at & 0x7fffffff), 0x01000193) >>> 0;
  }

  // A binary heap: thousands of nodes wait for something at the same time.

  private push(event: Event): void {
    const { queue } = this;
    let position = queue.length;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (!isBefore(event, queue[parent]!)) break;
      queue[position] = queue[parent]!;
      position = parent;
    }
    queue[position] = event;
  }

  private pop(): Event | undefined {
    const { queue } = this;
    const first = queue[0];
    const last = queue.pop();
    if (!first || !last || queue.length === 0) return first;
    let position = 0;
    for (;;) {
      let child = 2 * position + 1;
      if (child >= queue.length) break;
      if (child + 1 < queue.length && isBefore(queue[child + 1]!, queue[child]!)) child++;
      if (!isBefore(queue[child]!, last)) break;
      queue[position] = queue[child]!;
      position = child;
    }
    queue[position] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.number < b.number);
}

/** Node runs every promise reaction that is due, and those that they cause, before the next immediate. */
function everythingHasRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
