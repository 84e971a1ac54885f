/** Server-sent events: what is new goes to every page that is open, as the same bytes. */
import type { FleetWatch, Snapshot } from './watch.js';

/** Each costs a socket and some kilobytes. */
const MOST_STREAMS = 2_000;
/** Proxies cut what is silent for a minute. */
const BEAT_MS = 20_000;
/** Messages that a page may be behind, before it is cut off; it asks again by itself. */
const MOST_BEHIND = 16;

const encoder = new TextEncoder();
const BEAT = encoder.encode(': still here\n\n');

function messageOf(snapshot: Pick<Snapshot, 'overview'> | null): Uint8Array | null {
  return snapshot && encoder.encode(`event: overview\ndata: ${JSON.stringify(snapshot.overview)}\n\n`);
}

type Stream = ReadableStreamDefaultController<Uint8Array>;

export class Streams {
  private readonly open = new Set<Stream>();
  private message: Uint8Array | null = null;
  private content = '';
  private stopListening: (() => void) | null = null;
  private beat: NodeJS.Timeout | null = null;

  constructor(private readonly watch: FleetWatch) {}

  get isFull(): boolean {
    return this.open.size >= MOST_STREAMS;
  }

  /** A body that goes on until whoever reads it leaves, or the server ends. */
  body(): ReadableStream<Uint8Array> {
    let mine: Stream;
    return new ReadableStream<Uint8Array>(
      {
        start: (stream) => {
          mine = stream;
          this.add(stream);
        },
        cancel: () => this.remove(mine),
      },
      new CountQueuingStrategy({ highWaterMark: MOST_BEHIND }),
    );
  }

  end(): void {
    for (const stream of [...this.open]) this.close(stream);
  }

  private add(stream: Stream): void {
    this.open.add(stream);
    stream.enqueue(encoder.encode('retry: 2000\n\n'));
    const known = this.message ?? messageOf(this.watch.latest);
    if (known) stream.enqueue(known);
    this.stopListening ??= this.watch.listen((snapshot) => this.tell(snapshot));
    this.beat ??= setInterval(() => this.send(BEAT), BEAT_MS).unref();
  }

  private tell({ overview }: Pick<Snapshot, 'overview'>): void {
    // That it was asked again is no news; a page knows by the beats that the server is there.
    const content = JSON.stringify({ ...overview, at: '' });
    if (content === this.content) return;
    this.content = content;
    this.message = messageOf({ overview })!;
    this.send(this.message);
  }

  private send(bytes: Uint8Array): void {
    for (const stream of [...this.open]) {
      if ((stream.desiredSize ?? 0) <= 0) this.close(stream);
      else stream.enqueue(bytes);
    }
  }

  private close(stream: Stream): void {
    this.remove(stream);
    stream.close();
  }

  private remove(stream: Stream): void {
    this.open.delete(stream);
    if (this.open.size > 0) return;
    this.stopListening?.();
    this.stopListening = null;
    if (this.beat) clearInterval(this.beat);
    this.beat = null;
    // Nobody listened since; the next one is told anew.
    this.message = null;
    this.content = '';
  }
}
