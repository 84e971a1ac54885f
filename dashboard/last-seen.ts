/** The fleet as anybody saw it last: an operation, a look between rotations, or `rotor verify`. No node is asked from here. */
import type { FleetView } from '../core/fleet-view.js';
import type { Watched } from '../monitoring/fleet-reading.js';
import type { Status } from '../monitoring/status.js';
import { WORKFLOW, verificationId } from '../workflows/messages.js';
import type { Fleet } from './schemas.js';

interface Seen {
  readonly by: 'operation' | 'look' | 'verify';
  readonly view: FleetView;
}

export class LastSeen {
  private last: Seen | null = null;
  private verifiedRun: string | null = null;
  /** When each node was read last. */
  private readonly seenAt = new Map<string, string>();
  private changes = 0;
  private told: { readonly look: Seen | null; readonly isStale: boolean; readonly fleet: Fleet } | null =
    null;

  /** @param staleAfterMs from then on nothing of a look counts as known */
  constructor(
    private readonly watched: Watched,
    private readonly staleAfterMs: number,
  ) {}

  /** Takes up what the status knows, and what was verified since. */
  async update({ view, seenBy }: Pick<Status, 'view' | 'seenBy'>): Promise<void> {
    if (view && seenBy) this.take({ by: seenBy, view });
    const verified = await this.verification();
    if (verified) this.take({ by: 'verify', view: verified });
  }

  /** The same object as long as nothing has changed. */
  fleet(now: number): Fleet {
    const { last: look } = this;
    const staleAt = look ? Date.parse(look.view.at) + this.staleAfterMs : 0;
    const isStale = now >= staleAt;
    if (this.told?.look === look && this.told.isStale === isStale) return this.told.fleet;
    const fleet: Fleet = {
      fleet: this.watched.fleet,
      version: `${process.pid}-${++this.changes}`,
      look: look && {
        at: look.view.at,
        staleAt: new Date(staleAt).toISOString(),
        isStale,
        inSync: isStale ? null : look.view.inSync,
        by: look.by,
      },
      keys: look?.view.keys ?? [],
      nodes: (look?.view.nodes ?? []).map((node) => ({
        ...node,
        seenAt: this.seenAt.get(node.name) ?? null,
      })),
    };
    this.told = { look, isStale, fleet };
    return fleet;
  }

  private take({ by, view }: Seen): void {
    if (this.last && (view === this.last.view || view.at < this.last.view.at)) return;
    const { fleet, at, inSync, keys, nodes } = view;
    for (const { name, reachable } of nodes) if (reachable) this.seenAt.set(name, at);
    this.last = { by, view: { fleet, at, inSync, keys, nodes } };
  }

  /** What the last `rotor verify` found, when it is one that was not read yet. */
  private async verification(): Promise<FleetView | null> {
    const { client, fleet } = this.watched;
    const query = `WorkflowType = '${WORKFLOW.verification}' AND WorkflowId STARTS_WITH '${verificationId(fleet, '')}' AND ExecutionStatus = 'Completed'`;
    for await (const { workflowId, runId } of client.workflow.list({ query, pageSize: 1 })) {
      if (runId === this.verifiedRun) return null;
      const view = (await client.workflow.getHandle(workflowId, runId).result()) as FleetView;
      this.verifiedRun = runId;
      return view;
    }
    return null;
  }
}
