import { digestOf } from '../../core/repository.js';
import type { Model } from './model.js';
import type { State } from './state.js';

/** Lines that only look are left out, and nodes where they are as in the line before. */
export function abridged(trace: readonly string[]): string[] {
  const looks = /^. (reads|on n\d: (lock|clear|read|check))/;
  let before = '';
  return trace.flatMap((line) => {
    const [what, nodes = ''] = line.split('\n');
    const isSame = nodes === before;
    before = nodes;
    if (looks.test(what!)) return [];
    return [isSame || nodes === '' ? what! : `${what}\n${nodes}`];
  });
}

/** One line of a trace: what happens, and what the nodes have after it. */
export function describe(model: Model, label: string, state: State): string {
  const nodes = state.repositories.map((id, node) => {
    const isDown = (state.down >> node) & 1;
    return `n${node}[${digestOf(model.repositories.get(id).repository)}]${isDown ? ' down' : ''}`;
  });
  return `${label}\n      ${nodes.join('  ')}`;
}
