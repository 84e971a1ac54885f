/** Keystones that serve users: each request reads the whole key repository, one file after the other, as fernet_utils.py does. */
import type { Fingerprint } from '../core/repository.js';
import { keyIn } from './disk.js';
import type { VirtualNode } from './node.js';
import type { Random } from './random.js';
import type { Safety } from './safety.js';
import type { Time } from './time.js';

interface Reader {
  readonly node: VirtualNode;
  readonly startedAt: number;
  readonly powerLosses: number;
  /** Names that were listed and not opened yet. */
  readonly names: string[];
  /** Keys of tokens that a request may carry: it was sent before the listing. */
  readonly needed: readonly Fingerprint[];
  readonly found: Map<number, Fingerprint>;
}

export class Keystones {
  constructor(
    private readonly time: Time,
    private readonly random: Random,
    private readonly safety: Safety,
  ) {}

  /** @param longestMs from the listing to the last open */
  read(node: VirtualNode, longestMs: number): void {
    if (!node.counts) return;
    const { time, random, safety } = this;
    const names = [...node.disk.root.names]
      .filter(([, entry]) => entry.kind === 'file')
      .map(([name]) => name);
    const reader: Reader = {
      node,
      startedAt: time.now,
      powerLosses: node.disk.powerLosses,
      names,
      needed: safety.neededKeys(),
      found: new Map(),
    };
    this.openNext(reader, (longestMs * random.fraction()) / Math.max(1, names.length));
  }

  private openNext(reader: Reader, gapMs: number): void {
    this.time.after(gapMs * this.random.fraction(), 'keystone', reader.node.name, () => {
      if (!this.isGood(reader)) return;
      const name = reader.names.shift();
      if (name === undefined) return this.serve(reader);
      const entry = reader.node.disk.root.names.get(name);
      if (entry?.kind !== 'file') return this.fail(reader, `500: ${name} was listed, and is not there`);
      if (/^\d+$/.test(name)) {
        const key = keyIn(entry);
        if (key === null) return this.fail(reader, `500: ${name} is no key`);
        reader.found.set(Number(name), key);
      }
      this.openNext(reader, gapMs);
    });
  }

  private serve({ node, found, needed }: Reader): void {
    const { safety } = this;
    const keys = new Set(found.values());
    const missing = needed.find((key) => !keys.has(key) && safety.isNeeded(key));
    if (missing !== undefined)
      safety.violated('token', `${node.name} answered 404: it did not find ${missing}`);
    const primary = found.get(Math.max(...found.keys()));
    if (primary !== undefined) safety.issuedLate(primary);
  }

  private fail({ node }: Reader, message: string): void {
    this.safety.violated('token', `${node.name} answered ${message}`);
  }

  /** A power loss ends the request, and a stranger's rotate has races of its own that are none of ours. */
  private isGood({ node, startedAt, powerLosses }: Reader): boolean {
    return node.counts && node.disk.powerLosses === powerLosses && node.strangerAt < startedAt;
  }
}
