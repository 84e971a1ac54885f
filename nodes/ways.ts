/** The two ways to a node: a connection to it, or being there. */
import type { NodeConnections, NodeVisit } from './connections.js';
import { LocalFiles } from './local-files.js';
import { NodeError } from './node-error.js';
import type { NodeAddress } from './session.js';

/** A node that nothing connects to: a worker of its own acts there. */
export interface PullNode extends Pick<
  NodeAddress,
  'name' | 'site' | 'repository' | 'keystone' | 'keystoneConf'
> {
  readonly isPull: true;
}

export type FleetMember = NodeAddress | PullNode;

export interface WayToNodes {
  /**
   * Visits to one node follow each other.
   *
   * @throws NodeError
   */
  use<T>(node: FleetMember, visit: NodeVisit<T>): Promise<T>;
}

/** Reaches every node that has an address. */
export class WayBySsh implements WayToNodes {
  constructor(private readonly connections: NodeConnections) {}

  use<T>(node: FleetMember, visit: NodeVisit<T>): Promise<T> {
    if (!('isPull' in node)) return this.connections.use(node, visit);
    const { name } = node;
    const message = `it is a pull node here, and only \`rotor worker --node ${name}\` acts there; is the inventory the same on every machine?`;
    return Promise.reject(new NodeError('configuration', name, message));
  }
}

/** Reaches the one node that it stands on. */
export class WayAtHome implements WayToNodes {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly home: string) {}

  use<T>(node: FleetMember, visit: NodeVisit<T>): Promise<T> {
    const { name, repository } = node;
    if (name !== this.home || !('isPull' in node)) {
      const message = `the worker of node ${this.home} acts on its own files only; is the inventory the same on every machine?`;
      return Promise.reject(new NodeError('configuration', name, message));
    }
    const turn = this.last.then(() => visit(new LocalFiles(name, repository), new LocalFiles(name, '/')));
    this.last = turn.catch(() => {});
    return turn;
  }
}
