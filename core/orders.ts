/** What an operator may say about a fleet at any time, whether an operation runs or not. */
import { type KeyRecord, type Ledger } from './ledger.js';
import { standingOf, type Standing } from './membership.js';
import type { Fingerprint } from './repository.js';

export type Order =
  /** The node serves no traffic: nobody waits for it. */
  | { readonly kind: 'fence'; readonly node: string }
  /** The node is to be brought every key, and serves when it has them. */
  | { readonly kind: 'unfence'; readonly node: string }
  /** What is broken on these nodes may be overwritten, and these unknown primaries may be spread as readable keys. */
  | {
      readonly kind: 'reconcile';
      readonly nodes: readonly string[];
      readonly approved: readonly Fingerprint[];
    }
  /** The inventory is right though it lost nodes, or doubled: exactly these nodes. */
  | { readonly kind: 'inventory'; readonly nodes: readonly string[] };

/** Why an order can't be followed, in a sentence for the operator; null when it can. */
export function objectionTo(order: Order, ledger: Ledger, inventory: readonly string[]): string | null {
  if (order.kind === 'inventory') return objectionToInventory(order.nodes, inventory);
  const names = order.kind === 'reconcile' ? order.nodes : [order.node];
  const unknown = names.find((name) => !inventory.includes(name));
  if (unknown !== undefined)
    return `there is no node ${unknown} in the inventory; its nodes are ${inventory.join(', ')}`;
  if (order.kind !== 'fence') return null;
  const others = inventory.filter((name) => name !== order.node && standingOf(ledger, name) === 'serving');
  return others.length === 0
    ? `${order.node} is the last node that serves; fencing it would leave none`
    : null;
}

/** What was accepted is what a person saw, and no other. */
function objectionToInventory(seen: readonly string[], inventory: readonly string[]): string | null {
  const isSame = seen.length === inventory.length && seen.every((name) => inventory.includes(name));
  return isSame ? null : 'the inventory has changed again; `rotor inventory` shows it';
}

export function followOrder(ledger: Ledger, order: Order, inventory: readonly string[], at: number): Ledger {
  const known = withInventory(ledger, inventory, at);
  switch (order.kind) {
    case 'fence':
      return standAs(known, order.node, 'fenced', at);
    case 'unfence':
      return standingOf(known, order.node) === 'serving' ? known : standAs(known, order.node, 'joining', at);
    case 'reconcile':
      return {
        ...known,
        repairs: [...new Set([...known.repairs, ...order.nodes])],
        keys: { ...known.keys, ...approved(known, order.approved, at) },
      };
    case 'inventory':
      return withExactly(ledger, order.nodes, at);
  }
}

/** An order may come before the first look; without this the first fence would make all other nodes new ones. */
function withInventory(ledger: Ledger, inventory: readonly string[], at: number): Ledger {
  return Object.keys(ledger.nodes).length === 0 ? withExactly(ledger, inventory, at) : ledger;
}

function withExactly(ledger: Ledger, names: readonly string[], at: number): Ledger {
  const nodes = Object.fromEntries(
    names.map((name) => [name, ledger.nodes[name] ?? { standing: standingOf(ledger, name), since: at }]),
  );
  return { ...ledger, nodes };
}

function standAs(ledger: Ledger, node: string, standing: Standing, since: number): Ledger {
  return { ...ledger, nodes: { ...ledger.nodes, [node]: { ...ledger.nodes[node], standing, since } } };
}

function approved(ledger: Ledger, keys: readonly Fingerprint[], at: number): Record<Fingerprint, KeyRecord> {
  const unknown: KeyRecord = { firstSeenAt: at, trusted: true, mayBePrimary: true, lastPrimaryAt: at };
  return Object.fromEntries(
    keys
      .filter((key) => !ledger.keys[key]?.revoked)
      .map((key) => [key, { ...(ledger.keys[key] ?? unknown), trusted: true }]),
  );
}
