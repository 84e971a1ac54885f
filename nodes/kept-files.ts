import { readFile } from 'node:fs/promises';
import { fileVersion } from './file-version.js';

interface Kept<Content> {
  readonly version: string;
  readonly content: Content;
}

/** What files say, read again only when one is another than the last time: thousands of visits ask for the same few. */
export class KeptFiles<Content> {
  private readonly kept = new Map<string, Kept<Content>>();
  private readonly reading = new Map<string, Promise<Content>>();

  constructor(private readonly parse: (content: Buffer) => Content) {}

  /**
   * Visits that begin together ask once.
   *
   * @throws as the file system does
   */
  read(path: string): Promise<Content> {
    const begun = this.reading.get(path) ?? this.readAnew(path).finally(() => this.reading.delete(path));
    this.reading.set(path, begun);
    return begun;
  }

  private async readAnew(path: string): Promise<Content> {
    const version = await fileVersion(path);
    const known = this.kept.get(path);
    if (known?.version === version) return known.content;
    const content = this.parse(await readFile(path));
    this.kept.set(path, { version, content });
    return content;
  }
}
