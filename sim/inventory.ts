/** The nodes of a fleet, who of them is in the inventory, and whom users' requests are sent to. */
import { standingOf } from '../core/membership.js';
import type { Ledger } from '../core/ledger.js';
import type { FleetNode } from '../core/messages.js';
import { encodeKey } from '../keys/key.js';
import { file } from './disk.js';
import { VirtualNode } from './node.js';
import type { Random } from './random.js';
import type { Settings } from './settings.js';

export class Inventory {
  readonly nodes: VirtualNode[];
  /** Nodes that an operator wants out of service. */
  readonly fenced = new Set<string>();
  /** Since when requests are kept from a node, until the ledger has said later that it serves. */
  private readonly offSince = new Map<string, number>();
  private readonly byName: Map<string, VirtualNode>;
  private added = 0;

  constructor(
    count: number,
    private readonly settings: Settings,
    private readonly random: Random,
  ) {
    this.nodes = Array.from({ length: count }, (_, number) => this.newNode(`n${number}`, number, true));
    this.byName = new Map(this.nodes.map((node) => [node.name, node]));
  }

  named(name: string): VirtualNode | undefined {
    return this.byName.get(name);
  }

  get names(): string[] {
    return this.nodes.map(({ name }) => name);
  }

  describe(): FleetNode[] {
    const { canBeProbed } = this.settings;
    return this.nodes.map(({ name, site }) => ({ name, site, canBeProbed }));
  }

  /** The same keys everywhere, as after `fernet_setup` and a first copy. */
  fill(keys: readonly Buffer[]): void {
    for (const node of this.nodes) {
      const { disk } = node;
      for (const [index, key] of keys.entries())
        disk.change(`${index}`, file(encodeKey(key), 0o600, 0, null), 0);
      disk.syncDirectory('.');
      node.refresh();
    }
  }

  add(now: number): VirtualNode {
    const node = this.newNode(`x${++this.added}`, this.random.below(100), false);
    this.offSince.set(node.name, now);
    this.nodes.push(node);
    this.byName.set(node.name, node);
    return node;
  }

  remove(node: VirtualNode): void {
    node.serves = false;
    this.nodes.splice(this.nodes.indexOf(node), 1);
    this.byName.delete(node.name);
    this.fenced.delete(node.name);
  }

  /** First out of the load balancer, then the word to rotor. */
  fence(node: VirtualNode): void {
    this.fenced.add(node.name);
    node.serves = false;
  }

  unfence(node: VirtualNode, now: number): void {
    this.fenced.delete(node.name);
    this.offSince.set(node.name, now);
  }

  /**
   * Nodes that requests may be sent to now, and were not.
   *
   * @param provenSince the beginning of an operation that has just ended with every node in sync
   */
  admitted(ledger: Ledger, provenSince: number | null): VirtualNode[] {
    const isAdmitted = ({ name, serves }: VirtualNode) => {
      if (serves || this.fenced.has(name) || standingOf(ledger, name) !== 'serving') return false;
      const since = Math.max(ledger.nodes[name]?.since ?? 0, provenSince ?? 0);
      return since > (this.offSince.get(name) ?? 0) + LONGEST_CLOCK_STEP_MS;
    };
    return this.nodes.filter(isAdmitted);
  }

  /** Every serving node has the same staged key and primary, by their disks. */
  isInSync(): boolean {
    const serving = this.nodes.filter(({ serves }) => serves);
    const [first] = serving;
    return serving.every(
      ({ isUp, excuse, primary, repository }) =>
        isUp && excuse === null && primary === first!.primary && repository[0] === first!.repository[0],
    );
  }

  private newNode(name: string, number: number, serves: boolean): VirtualNode {
    return new VirtualNode(name, `site-${number % this.settings.siteCount}`, serves);
  }
}

/** The ledger's times are by another clock than ours. */
const LONGEST_CLOCK_STEP_MS = 5 * 60_000;
