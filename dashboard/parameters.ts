/** What may stand behind the question mark. Anything else is refused, by name. */
import { z } from 'zod';

const MOST_CHARACTERS = 200;
const text = z.string().min(1).max(MOST_CHARACTERS);
const day = z.iso.date();

export const operationsQuery = z.strictObject({
  search: text.optional().describe('in run ID, reason, who started it, outcome, error and its nodes'),
  outcome: z.enum(['completed', 'compensated', 'aborted', 'failed', 'terminated']).optional(),
  type: z.enum(['rotation', 'reconciliation', 'revocation']).optional(),
  from: day.optional().describe('started on this day or later, UTC'),
  to: day.optional(),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(25),
});
export type OperationsQuery = z.output<typeof operationsQuery>;

export const fleetQuery = z.strictObject({
  search: text.optional().describe('in names of nodes and sites, and codes of problems'),
  site: text.optional(),
  only: z.enum(['differing']).optional().describe('nodes that have a problem, were not read, or are fenced'),
  sort: z.enum(['site', 'name', 'problems']).default('site'),
});
export type FleetQuery = z.output<typeof fleetQuery>;

export const nothing = z.strictObject({});

export const runId = z.uuid();
