/**
 * What must hold at every step, whatever happens. Names as in ARCHITECTURE.md: I1 read before write, I2 retention, I4 no way
 * back, I5 well-formed keys. Stronger than any token that was really issued: a key counts from the moment that it is on top of
 * a node's disk, because a request may come in just then.
 */
import { STAGED_INDEX, type Fingerprint } from '../core/repository.js';
import { keyIn, type File } from './disk.js';
import type { VirtualNode } from './node.js';
import type { Time } from './time.js';

export interface Violation {
  readonly rule: string;
  readonly message: string;
  readonly at: string;
  readonly lastEvents: readonly string[];
}

export class Safety {
  readonly violations: Violation[] = [];
  /** While an operator has every key replaced: tokens die by order. */
  revoked: ReadonlySet<Fingerprint> = new Set();
  isRevoking = false;
  /** Until when a primary may go back, because an operator has aborted. */
  putsBackUntil = -Infinity;
  /** Nobody can know which of the primaries is the newest. */
  isOrderUnknown = false;
  /** The last moment that each key may have made a token, for keys that are nobody's primary now. */
  private readonly lastPrimaryAt = new Map<Fingerprint, number>();
  /** Keys that tokens may have been made with. */
  private readonly used = new Set<Fingerprint>();
  /** Nodes that issue with each key now. */
  private readonly issuers = new Map<Fingerprint, Set<VirtualNode>>();
  private readonly issuesWith = new Map<VirtualNode, Fingerprint>();
  /** In which order the writer made keys primary anywhere. */
  private readonly order = new Map<Fingerprint, number>();
  private promotions = 0;

  /**
   * @param tokenLifeMs how long any node may accept a token after it was issued, by true time
   * @param nodes of the inventory and others
   */
  constructor(
    private readonly time: Time,
    private readonly tokenLifeMs: number,
    private readonly nodes: () => readonly VirtualNode[],
  ) {}

  violated(rule: string, message: string): void {
    const { time } = this;
    this.violations.push({ rule, message, at: time.seconds(), lastEvents: time.lastEvents() });
  }

  /** To be called whenever a node's keys, or whether it counts, may have changed. */
  changed(node: VirtualNode): void {
    node.refresh();
    const primary = node.counts ? node.primary : undefined;
    const before = this.issuesWith.get(node);
    if (primary !== before) {
      if (before !== undefined) this.retire(node, before);
      if (primary !== undefined) this.issue(node, primary);
    }
    if (node.counts) this.mustReadAll(node);
  }

  /** An operation has ended that has seen all that was done before it began: who is as the others counts again. */
  reconsiderExcuses(startedAt: number): void {
    for (const node of this.nodes()) {
      if (node.excuse === null || node.excusedAt >= startedAt || !this.isHealthy(node)) continue;
      node.excuse = null;
      this.changed(node);
    }
  }

  excuse(node: VirtualNode, why: string): void {
    node.excuse = why;
    node.excusedAt = this.time.now;
    node.troubledAt = this.time.now;
    this.changed(node);
    this.forgetLostKeys();
  }

  /** Keys that a user's token may be under now. */
  neededKeys(): Fingerprint[] {
    return [...this.used].filter((key) => this.isNeeded(key));
  }

  isNeeded(key: Fingerprint): boolean {
    if (this.revoked.has(key)) return false;
    if ((this.issuers.get(key)?.size ?? 0) > 0) return true;
    const last = this.lastPrimaryAt.get(key);
    return last !== undefined && last + this.tokenLifeMs > this.time.now;
  }

  /** A token was made after the disk had already changed, by who had read it before. */
  issuedLate(key: Fingerprint): void {
    if (this.used.has(key)) this.lastPrimaryAt.set(key, this.time.now);
  }

  /** The writer puts a file among the keys: it must be a whole one, that survives a power loss. */
  placed(node: VirtualNode, name: string, file: File): void {
    const mistake =
      keyIn(file) === null
        ? 'no key'
        : file.unsyncedAt !== null
          ? 'not synced'
          : file.mode !== 0o600
            ? `of mode ${file.mode.toString(8)}`
            : null;
    if (mistake !== null) this.violated('I5', `${node.name}: what was placed as ${name} is ${mistake}`);
  }

  /** A primary that the writer changed. */
  promoted(node: VirtualNode, before: Fingerprint | undefined): void {
    const after = node.primary;
    if (!node.counts || before === undefined || after === undefined || before === after) return;
    if (this.isRevoking || this.time.now < this.putsBackUntil) return this.rank(after, before);
    if (this.isOrderUnknown) return;
    this.rank(before, after);
    if (this.order.get(after)! < this.order.get(before)!)
      this.violated('I4', `${node.name}: its primary went back from ${before} to ${after}`);
  }

  /** An operation has put all in order: what came before a lost ledger says nothing any more. */
  orderIsKnown(): void {
    if (this.isOrderUnknown) this.order.clear();
    this.isOrderUnknown = false;
  }

  private rank(...keys: Fingerprint[]): void {
    for (const key of keys) if (!this.order.has(key)) this.order.set(key, this.promotions++);
  }

  /** What nodes took with them when they left, or lost with their disks, no program can bring back. */
  forgetLostKeys(): void {
    for (const key of this.used) {
      const isHeld = this.nodes().some(({ serves, keys }) => serves && keys.has(key));
      if (!isHeld) this.used.delete(key);
    }
  }

  private retire(node: VirtualNode, key: Fingerprint): void {
    this.issuers.get(key)?.delete(node);
    this.issuesWith.delete(node);
    this.lastPrimaryAt.set(key, this.time.now);
  }

  private issue(node: VirtualNode, key: Fingerprint): void {
    this.issuesWith.set(node, key);
    const issuers = this.issuers.get(key) ?? new Set();
    const isFirst = issuers.size === 0;
    this.issuers.set(key, issuers.add(node));
    this.used.add(key);
    if (!isFirst) return;
    for (const other of this.nodes()) if (other.counts && other !== node) this.mustRead(other, key);
  }

  private mustReadAll(node: VirtualNode): void {
    for (const key of this.used) this.mustRead(node, key);
  }

  private mustRead(node: VirtualNode, key: Fingerprint): void {
    if (node.keys.has(key) || !this.isNeeded(key)) return;
    // Revoking goes ahead without nodes that can't be reached; who comes back finds out by reconciliation.
    if (this.isRevoking && node.wasTroubled(this.time.now))
      return this.excuse(node, 'out of reach while keys were revoked');
    const issuers = [...(this.issuers.get(key) ?? [])].map(({ name }) => name);
    const isIssuing = issuers.length > 0;
    this.violated(
      isIssuing ? 'I1' : 'I2',
      isIssuing
        ? `${node.name} can't read ${key}, which ${issuers.slice(0, 4).join(', ')} issue with`
        : `${node.name} lacks ${key}, which valid tokens are under`,
    );
    // Once is enough of the same.
    node.excuse = 'has violated';
  }

  /** As the others: reads all that they issue with or that a stranger may make them issue with, and the other way round. */
  private isHealthy(node: VirtualNode): boolean {
    if (!node.isWellFormed() || !this.neededKeys().every((key) => node.keys.has(key))) return false;
    const isBound = ({ serves, excuse }: VirtualNode) => serves && excuse === null;
    return this.nodes().every((other) => !isBound(other) || (reads(node, other) && reads(other, node)));
  }
}

function reads(reader: VirtualNode, { repository, primary }: VirtualNode): boolean {
  const staged = repository[STAGED_INDEX];
  return (
    primary !== undefined && reader.keys.has(primary) && (staged === undefined || reader.keys.has(staged))
  );
}
