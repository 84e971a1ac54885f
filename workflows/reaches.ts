/** Who must do what: the workers of the fleet where a node has an address, its own worker where it is a pull node. */
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import type { NodeProblem } from '../core/decision.js';
import type { FleetDescription } from '../core/messages.js';
import { problemCodeOf } from '../core/problems.js';
import { VISITS, visitsAt, type Visits } from './activity-proxies.js';
import { nodeTaskQueueOf } from './messages.js';

/** The pull node whose own worker must act; null for the fleet's workers. */
export type Reach = string | null;

/** Which nodes are whose, as the inventory said last. */
export class Reaches {
  private pullNodes: ReadonlySet<string> = new Set();

  constructor(private readonly fleet: string) {}

  learn({ nodes }: FleetDescription): void {
    this.pullNodes = new Set(nodes.filter(({ isPull }) => isPull).map(({ name }) => name));
  }

  of(node: string): Reach {
    return this.pullNodes.has(node) ? node : null;
  }

  /** Visits to the nodes of a reach. A fleet without pull nodes gets the very proxies that it always had. */
  visits(reach: Reach): Visits {
    return reach === null ? VISITS : visitsAt(nodeTaskQueueOf(this.fleet, reach));
  }

  /**
   * Has the items of each reach worked on by whoever can, all at the same time. A pull node whose worker is not there, or
   * can't read its configuration, is that node's trouble and nobody else's.
   */
  async each<Item, Result>(
    items: readonly Item[],
    nodeOf: (item: Item) => string,
    work: (reach: Reach, items: readonly Item[]) => Promise<Result[]>,
    troubled: (item: Item, problem: NodeProblem) => Result,
  ): Promise<Result[]> {
    const byReach = new Map<Reach, Item[]>();
    for (const item of items) {
      const reach = this.of(nodeOf(item));
      byReach.set(reach, [...(byReach.get(reach) ?? []), item]);
    }
    const results = await Promise.all(
      [...byReach].map(async ([reach, theirs]) => {
        if (reach === null) return work(reach, theirs);
        return work(reach, theirs).catch((error: unknown) => {
          const problem = problemAt(reach, error);
          return theirs.map((item) => troubled(item, problem));
        });
      }),
    );
    return results.flat();
  }
}

/** The problem of a node whose worker did not do what it was asked; throws what is no trouble of the node. */
export function problemAt(node: string, error: unknown): NodeProblem {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (cause instanceof TimeoutFailure) {
    const message =
      cause.timeoutType === 'SCHEDULE_TO_START'
        ? `${node}: nobody polls for this node; is \`rotor worker --node ${node}\` running there, and can it reach Temporal?`
        : `${node}: its worker took the work and gave no answer; it is asked again`;
    return { node, code: 'unreachable', message };
  }
  if (!(cause instanceof ApplicationFailure)) throw error;
  return { node, code: problemCodeOf(cause.type), message: `${node}: ${cause.message}` };
}
