import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export function keyFile(repository: string, index: number | string): Buffer {
  return readFileSync(join(repository, `${index}`));
}

/** Every key but the staged one: those that are, or were, a primary. */
export function issuingKeys(repository: string): Buffer[] {
  return readdirSync(repository)
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map((name) => keyFile(repository, name));
}
