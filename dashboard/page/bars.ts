/**
 * An operation's phases as bars on a line. Time in which nothing was done is folded, and so is a wait, which is looks that found
 * something in the way: hours of it hide no seconds of work.
 */
import { tookText } from '../../core/times.js';
import type { Segment } from '../schemas.js';

export interface Bar {
  readonly phase: Segment['phase'] | 'idle';
  readonly ms: number;
  /** Of the whole line's width, 0 to 1. */
  readonly from: number;
  readonly width: number;
  readonly problems: number;
}

/** A pause between two steps that is no idling: the planner looks and decides. */
const SHORT_MS = 1_500;
/** What a folded gap, a wait and the shortest bar take of the width. */
const GAP_WIDTH = 0.03;
const WAIT_WIDTH = 0.12;
const LEAST_WIDTH = 0.012;

export function barsOf(segments: readonly Segment[], now: number): Bar[] {
  const parts: { phase: Bar['phase']; ms: number; problems: number }[] = [];
  let end: number | null = null;
  for (const { phase, startedAt, endedAt, problems } of segments) {
    const start = Date.parse(startedAt);
    if (end !== null && start - end > SHORT_MS) parts.push({ phase: 'idle', ms: start - end, problems: 0 });
    end = Math.max(end ?? 0, endedAt === null ? now : Date.parse(endedAt));
    parts.push({ phase, ms: Math.max(0, end - start), problems });
  }
  const folded = ({ phase, problems }: Pick<Bar, 'phase' | 'problems'>) =>
    phase === 'idle' ? GAP_WIDTH : phase === 'survey' && problems > 0 ? WAIT_WIDTH : null;
  const busy = parts.reduce((sum, part) => sum + (folded(part) === null ? part.ms : 0), 0);
  const widths = parts.map((part) => folded(part) ?? Math.max(LEAST_WIDTH, part.ms / Math.max(1, busy)));
  const all = widths.reduce((sum, width) => sum + width, 0);
  let from = 0;
  return parts.map((part, index) => {
    const width = widths[index]! / all;
    from += width;
    return { ...part, from: from - width, width };
  });
}

/** The same in words. */
export function wordsOf(bars: readonly Bar[]): string {
  if (bars.length === 0) return 'no step was taken';
  return bars
    .map(({ phase, ms, problems }) => {
      const trouble = problems > 0 ? ` with ${problems} ${problems === 1 ? 'problem' : 'problems'}` : '';
      return `${phase} ${tookText(ms)}${trouble}`;
    })
    .join(', ');
}
