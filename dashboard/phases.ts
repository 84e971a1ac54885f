/** Steps that follow each other in one phase, as one bar of a time line. */
import type { RunHistory } from '../monitoring/run-history.js';
import type { Segment } from './schemas.js';

/** Looks that found something in the way stand for themselves. */
export function segmentsOf({ steps, attempts }: Pick<RunHistory, 'steps' | 'attempts'>): Segment[] {
  const work = steps.map(({ phase, startedAt, endedAt, problems }) => ({
    ...{ phase, startedAt, endedAt },
    problems: problems.length,
  }));
  const looks = attempts
    .filter(({ phase }) => phase === 'survey')
    .map(({ at }) => ({ phase: 'survey' as const, startedAt: at, endedAt: at, problems: 1 }));
  const all = [...work, ...looks].sort((a, b) => a.startedAt.localeCompare(b.startedAt));
  const segments: Segment[] = [];
  for (const each of all) {
    const last = segments.at(-1);
    if (last?.phase !== each.phase || last.endedAt === null) segments.push(each);
    else
      segments[segments.length - 1] = {
        ...last,
        endedAt: each.endedAt === null || each.endedAt > last.endedAt ? each.endedAt : last.endedAt,
        problems: last.problems + each.problems,
      };
  }
  return segments;
}
