/** Who must do what: the workers of the fleet, those of a site that has its own, or a pull node's one. */
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import type { NodeProblem } from '../core/decision.js';
import { grouped } from '../core/grouped.js';
import type { FleetDescription } from '../core/messages.js';
import { problemCodeOf } from '../core/problems.js';
import { visitsWith, type Visits } from './activity-proxies.js';
import { nodeTaskQueueOf, oneLine, siteTaskQueueOf } from './messages.js';

/** Who must act: a pull node's own worker, or those of a site. */
interface Reach {
  readonly kind: 'node' | 'site';
  readonly name: string;
}

/** Null: the fleet's workers, who reach everything that nobody else does. One object for each, so that they can be compared. */
export type Whose = Reach | null;

/** Which nodes are whose, as the inventory said last. */
export class Reaches {
  private readonly known = new Map<string, Reach>();
  private byNode: ReadonlyMap<string, Reach> = new Map();

  constructor(private readonly fleet: string) {}

  learn({ nodes }: FleetDescription): void {
    const byNode = new Map<string, Reach>();
    for (const { name, site, isPull, hasSiteWorkers } of nodes) {
      if (isPull) byNode.set(name, this.reach('node', name));
      else if (hasSiteWorkers) byNode.set(name, this.reach('site', site));
    }
    this.byNode = byNode;
  }

  of(node: string): Whose {
    return this.byNode.get(node) ?? null;
  }

  private reach(kind: Reach['kind'], name: string): Reach {
    const id = `${kind}/${name}`;
    const reach = this.known.get(id) ?? { kind, name };
    this.known.set(id, reach);
    return reach;
  }

  /** @param summary what they are for, for Temporal's UI */
  visits(reach: Whose, summary: string): Visits {
    if (reach === null) return visitsWith(oneLine(summary));
    const queueOf = reach.kind === 'node' ? nodeTaskQueueOf : siteTaskQueueOf;
    return visitsWith(oneLine(summary), queueOf(this.fleet, reach.name));
  }

  /**
   * Has the items of each reach worked on by whoever can, all at the same time. A worker that is not there, or can't read its
   * configuration, is the trouble of its nodes and nobody else's.
   */
  async each<Item, Result>(
    items: readonly Item[],
    nodeOf: (item: Item) => string,
    work: (reach: Whose, items: readonly Item[]) => Promise<Result[]>,
    troubled: (item: Item, problem: NodeProblem) => Result,
  ): Promise<Result[]> {
    const byReach = grouped(items, (item) => this.of(nodeOf(item)));
    const results = await Promise.all(
      [...byReach].map(async ([reach, theirs]) => {
        if (reach === null) return work(reach, theirs);
        return work(reach, theirs).catch((error: unknown) =>
          theirs.map((item) => troubled(item, problemAt(nodeOf(item), reach, error))),
        );
      }),
    );
    return results.flat();
  }
}

/** The problem of a node whose worker did not do what it was asked; throws what is no trouble of the node. */
export function problemAt(node: string, reach: Whose, error: unknown): NodeProblem {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (cause instanceof TimeoutFailure) {
    const command = reach === null ? 'rotor worker' : `rotor worker --${reach.kind} ${reach.name}`;
    const message =
      cause.timeoutType === 'SCHEDULE_TO_START'
        ? `${node}: nobody polls for this ${reach?.kind ?? 'fleet'}; is \`${command}\` running there, and can it reach Temporal?`
        : `${node}: its worker took the work and gave no answer; it is asked again`;
    return { node, code: 'unreachable', message };
  }
  if (!(cause instanceof ApplicationFailure)) throw error;
  return { node, code: problemCodeOf(cause.type), message: `${node}: ${cause.message}` };
}
