/** The timer's next runs, and its health. */
import { iso } from '../core/times.js';
import { readFleet, type Watched } from '../monitoring/fleet-reading.js';
import { temporalFacts, temporalFindings } from '../monitoring/temporal-facts.js';
import type { Schedule } from './schemas.js';

/** @param everyMs rotation.every of the configuration */
export async function readSchedule(watched: Watched, everyMs: number): Promise<Schedule> {
  const { fleet, client } = watched;
  const [{ timer, summary, overdue }, facts] = await Promise.all([
    readFleet(client, fleet),
    temporalFacts(watched),
  ]);
  return {
    fleet,
    timer: timer && {
      paused: timer.isPaused,
      note: timer.note,
      createdAt: iso(timer.createdAt),
      lastRun: timer.lastRunAt === null ? null : iso(timer.lastRunAt),
      jitterSeconds: timer.jitterMs / 1_000,
      nextRuns: timer.isPaused ? [] : timer.nextRuns.map(iso),
    },
    lastRotated: summary?.lastRotatedAt ?? null,
    overdue: overdue && { ...overdue, since: iso(overdue.since) },
    findings: temporalFindings(facts, everyMs).map(({ code, severity, message, remedy }) => ({
      ...{ code, severity, message, remedy },
    })),
  };
}
