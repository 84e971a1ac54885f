import type { FleetDescription, FleetNode } from '../activities/messages.js';
import type { Survey } from '../core/survey.js';
import type { Fingerprint } from '../core/repository.js';
import { visits } from './activity-proxies.js';

/** Nodes that one activity visits: few enough for small results, many enough that activities don't bound the time. */
const BATCH_SIZE = 50;

/** What earlier visits of the same operation learnt of the nodes, by name. */
export interface VisitNotes {
  readonly accepted: Readonly<Record<string, readonly Fingerprint[]>>;
  readonly clockOffsetMs: Readonly<Record<string, number>>;
}

export const NO_NOTES: VisitNotes = { accepted: {}, clockOffsetMs: {} };

/** A fresh survey of the whole fleet. */
export async function look(fleet: FleetDescription, notes: VisitNotes = NO_NOTES): Promise<Survey> {
  const startedAt = Date.now();
  const batches = batchesOf(fleet.nodes, ({ site }) => site);
  const readings = await Promise.all(
    batches.map((batch) => visits.surveyNodes({ nodes: batch.map(({ name }) => name) })),
  );
  const byName = new Map(readings.flat().map((reading) => [reading.node, reading]));
  return {
    startedAt,
    at: Date.now(),
    nodes: fleet.nodes.map(({ name, site, canBeProbed }) => {
      const { reachable, repository, problems } = byName.get(name)!;
      const accepted = notes.accepted[name] ?? [];
      const clockOffsetMs = notes.clockOffsetMs[name];
      return {
        name,
        site,
        fenced: false,
        reachable,
        repository,
        problems,
        canBeProbed,
        accepted,
        ...(clockOffsetMs !== undefined && { clockOffsetMs }),
      };
    }),
  };
}

export function namesOf(nodes: readonly FleetNode[]): string[] {
  return nodes.map(({ name }) => name);
}

/** Items of one site together, no batch larger than an activity should be. */
export function batchesOf<Item>(items: readonly Item[], siteOf: (item: Item) => string): Item[][] {
  const bySite = new Map<string, Item[]>();
  for (const item of items) bySite.set(siteOf(item), [...(bySite.get(siteOf(item)) ?? []), item]);
  return [...bySite.values()].flatMap((site) =>
    Array.from({ length: Math.ceil(site.length / BATCH_SIZE) }, (_, batch) =>
      site.slice(batch * BATCH_SIZE, (batch + 1) * BATCH_SIZE),
    ),
  );
}
