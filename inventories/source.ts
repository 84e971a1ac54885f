/** What every kind of source has in common: it lists nodes, or fails; it never lists a part of them. */
import type { z } from 'zod';
import { nodeSchema } from '../configuration/inventory-schema.js';
import { pathText } from '../configuration/fields.js';
import { expectedText } from '../configuration/problems.js';
import { withoutSecrets } from '../core/secrets.js';

/** A node as one source lists it; what it leaves out another may add. */
export type ListedNode = z.output<typeof nodeSchema> & { readonly site: string };

export interface Listing {
  readonly nodes: readonly ListedNode[];
  /** Sites that have to have a node, whichever source lists it. */
  readonly regions?: readonly string[];
}

export interface Source {
  /** Where in the configuration it stands, and what it reads: `inventory[1] (ansible /etc/kolla/multinode)`. */
  readonly label: string;
  /** @throws InventoryError */
  list(): Promise<Listing>;
}

/** A source that can't be read, or that can't be right. The message names it, the place in it, and the remedy. */
export class InventoryError extends Error {
  override readonly name = 'InventoryError';

  constructor(message: string) {
    super(withoutSecrets(message));
  }
}

/**
 * Checks what a source found. Only what was expected is said of a wrong value: the value itself may be a secret.
 *
 * @throws InventoryError with every place
 */
export function checked<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  label: string,
  at: readonly PropertyKey[] = [],
): z.output<Schema> {
  const parsed = schema.safeParse(value, { error: expectedText });
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map(({ path, message }) => {
    const place = pathText([...at, ...path]);
    return place === '' ? `expected ${message}` : `${place}: expected ${message}`;
  });
  throw new InventoryError(`${label}: ${places.join('; ')}`);
}

/** @throws InventoryError that names the node's field */
export function checkedNode(node: Record<string, unknown>, site: string, label: string): ListedNode {
  const given = Object.fromEntries(Object.entries(node).filter(([, value]) => value !== undefined));
  return { ...checked(nodeSchema, given, label, [String(node.name)]), site };
}
