import { NodeError } from '../../nodes/node-error.js';
import type { RepositoryFiles } from '../../nodes/repository-files.js';

export type Moment = 'before' | 'after';

/** Operations that change something; after each of them, or before it took effect, a worker may die. */
const CHANGES = ['makeDirectory', 'create', 'rename', 'link', 'remove', 'syncDirectory'] as const;

/** The real files of a node, whose visitor dies at one operation: nothing that it does afterwards has any effect. */
export function dyingAt(files: RepositoryFiles, operation: number, moment: Moment) {
  let count = 0;
  let isDead = false;
  const die = () => {
    isDead = true;
    throw new NodeError('unreachable', files.node, 'the worker died here');
  };
  const dying = new Proxy(files, {
    get(target, property: keyof RepositoryFiles) {
      const value: unknown = Reflect.get(target, property);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        if (isDead) die();
        const isTheOne = (CHANGES as readonly string[]).includes(property) && count++ === operation;
        if (isTheOne && moment === 'before') die();
        const result: unknown = await (value as (...all: unknown[]) => Promise<unknown>).apply(target, args);
        if (isTheOne) die();
        return result;
      };
    },
  });
  return { files: dying, hasDied: () => isDead };
}
