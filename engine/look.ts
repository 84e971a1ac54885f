import { grouped } from '../core/grouped.js';
import type { FleetDescription, FleetNode } from '../core/messages.js';
import type { Fingerprint } from '../core/repository.js';
import type { Survey } from '../core/survey.js';
import type { World } from './world.js';

/** Nodes that one request visits at least: enough that requests don't bound the time. */
const BATCH_SIZE = 50;

/** Requests of one pass at most, so that a history grows with the steps of a rotation and not with the fleet. */
const MOST_BATCHES = 64;

/** What earlier visits of the same operation learnt of the nodes, by name. */
export interface VisitNotes {
  readonly accepted: Readonly<Record<string, readonly Fingerprint[]>>;
  readonly clockOffsetMs: Readonly<Record<string, number>>;
}

export const NO_NOTES: VisitNotes = { accepted: {}, clockOffsetMs: {} };

/** What the configuration and the inventory say now, and a fresh survey of just these nodes. */
export interface FreshLook {
  readonly fleet: FleetDescription;
  readonly survey: Survey;
}

/**
 * Asks for the nodes and visits those that are known at the same time, since they are hardly ever other ones between two looks; if
 * they are, that visit counts for nothing.
 *
 * @param known what an earlier look was told; without nodes before the first
 */
export async function lookAnew(
  world: Pick<World, 'now' | 'survey' | 'describeFleet'>,
  known: FleetDescription,
  notes: VisitNotes,
): Promise<FreshLook> {
  const [described, surveyed] = await Promise.allSettled([world.describeFleet(), look(world, known, notes)]);
  const fleet = valueOf(described);
  const survey = isSame(fleet.nodes, known.nodes) ? valueOf(surveyed) : await look(world, fleet, notes);
  return { fleet, survey };
}

function valueOf<Value>(settled: PromiseSettledResult<Value>): Value {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

function isSame(nodes: readonly FleetNode[], others: readonly FleetNode[]): boolean {
  return JSON.stringify(nodes) === JSON.stringify(others);
}

/** A fresh survey of the whole fleet. */
export async function look(
  world: Pick<World, 'now' | 'survey'>,
  fleet: FleetDescription,
  notes: VisitNotes = NO_NOTES,
): Promise<Survey> {
  const startedAt = world.now();
  const batches = batchesOf(fleet.nodes, ({ site }) => site);
  const readings = await Promise.all(
    batches.map((batch) => world.survey({ nodes: batch.map(({ name }) => name) })),
  );
  const byName = new Map(readings.flat().map((reading) => [reading.node, reading]));
  return {
    startedAt,
    at: world.now(),
    nodes: fleet.nodes.map(({ name, site, canBeProbed }) => {
      const { reachable, repository, damage, problems, settings } = byName.get(name)!;
      const accepted = notes.accepted[name] ?? [];
      const clockOffsetMs = notes.clockOffsetMs[name];
      return {
        name,
        site,
        reachable,
        repository,
        damage,
        problems,
        canBeProbed,
        accepted,
        ...(clockOffsetMs !== undefined && { clockOffsetMs }),
        ...(settings && { settings }),
      };
    }),
  };
}

/** Those of one site beside each other, and no more batches than a history should have. */
export function batchesOf<Item>(items: readonly Item[], siteOf: (item: Item) => string): Item[][] {
  const inOrder = [...grouped(items, siteOf).values()].flat();
  const size = Math.max(BATCH_SIZE, Math.ceil(items.length / MOST_BATCHES));
  return Array.from({ length: Math.ceil(inOrder.length / size) }, (_, batch) =>
    inOrder.slice(batch * size, (batch + 1) * size),
  );
}
