import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { loadConfiguration } from '../../configuration/load.js';
import { listInventory, type InventoryNode } from '../../inventories/inventory.js';
import { InventoryError } from '../../inventories/source.js';
import { ansibleInventory } from '../../lab/tools.js';
import { MINIMAL, writeConfiguration } from '../configuration/files.js';

export const FILES = join(dirname(fileURLToPath(import.meta.url)), 'files');

/** What these sources list together, with the rest of `rotor.yaml` as short as can be. */
export async function list(sources: object[], rest: object = {}): Promise<InventoryNode[]> {
  const file = writeConfiguration({ ...MINIMAL, ...rest, inventory: sources });
  return listInventory(await loadConfiguration(file), dirname(file));
}

export async function refusal(sources: object[]): Promise<string> {
  try {
    await list(sources);
  } catch (error) {
    if (error instanceof InventoryError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

export function ansible(path: string, group: string, more: object = {}): object {
  return { kind: 'ansible', path, group, program: ansibleInventory, ...more };
}

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'rotor-inventories-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** `name site address`, one a node. */
export function shortly(nodes: readonly InventoryNode[]): string[] {
  return nodes.map(({ name, site, address }) => `${name} ${site} ${address}`);
}
