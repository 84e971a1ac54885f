/** How an operation ended, in sentences, and what to type next. */
import type { StepRecord } from '../core/rotation.js';
import type { ProblemCode } from '../core/problems.js';
import type { PastOperation } from './past-operations.js';

export interface Explanation {
  readonly sentences: readonly string[];
  /** Commands, the first one first; none when nothing has to be done. */
  readonly next: readonly string[];
}

/** Null where the history was not read. */
type Steps = readonly Pick<StepRecord, 'phase'>[] | null;

/** What an explanation is made of. */
type Explained = Pick<PastOperation, 'type' | 'outcome' | 'error'> & {
  readonly startedBy?: string | null | undefined;
};

export function explain(operation: Explained, steps: Steps): Explanation {
  const { type, outcome, error, startedBy } = operation;
  const what = type === 'rotation' ? 'The rotation' : `The ${type}`;
  const why = error ? `${error.message}.` : '';
  switch (outcome) {
    case 'completed':
      return { sentences: [`${what} completed: every node has the same keys.`], next: [] };
    case 'running':
      return { sentences: [`${what} is not at its end yet.`], next: ['rotor status --watch'] };
    case 'compensated':
      return {
        sentences: [
          `${what} was given up before anything was promoted: ${why}`,
          'It waited as long as rotation.waitForNode says, then put everything back; no token was refused because of it. The timer tries again at its next run.',
        ],
        next: ['rotor verify', 'rotor rotate'],
      };
    case 'aborted':
      return {
        sentences: [`${what} was given up by an operator's word: ${why}`, ...whereItStood(steps)],
        next: ['rotor verify'],
      };
    case 'terminated':
      return {
        sentences: [
          `${what} was ended by force: ${why}`,
          'Keys stay where it left them; they may differ from node to node, and every token that was valid still is. The next operation goes on from there.',
        ],
        next: ['rotor verify', 'rotor plan'],
      };
    case 'failed':
      return {
        sentences: [`${what} ended because a person has to change something: ${why}`, ...whereItStood(steps)],
        // A timer whose run failed is paused until somebody has looked.
        next: [
          ...(error ? remediesFor(error.code, error.nodes) : []),
          'rotor verify',
          startedBy === 'schedule' ? 'rotor schedule resume' : 'rotor rotate',
        ],
      };
  }
}

function whereItStood(steps: Steps): string[] {
  if (steps === null) return [];
  if (steps.length === 0) return ['Nothing had been changed on any node.'];
  return steps.some(({ phase }) => phase === 'promote')
    ? [
        'Promotion had begun; the old primary was put on top again where it could be, and the new key stays readable.',
      ]
    : ['It had not begun to promote, so no token was made with the new key.'];
}

/** What mends each kind of trouble, where a command does; the others are mended on the node or in a file. */
export function remediesFor(code: ProblemCode, nodes: readonly string[]): string[] {
  switch (code) {
    case 'malformed-key':
    case 'stray-file':
    case 'empty-repository':
      return nodes.map((node) => `rotor reconcile --node ${node}`);
    case 'unknown-primary':
      return ['rotor reconcile'];
    case 'unreachable':
      return nodes.map((node) => `rotor fence ${node}`);
    default:
      return [];
  }
}
