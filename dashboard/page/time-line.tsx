import { tookText } from '../../core/times.js';
import type { Segment } from '../schemas.js';
import { barsOf, wordsOf } from './bars.js';

/** From so much of the width on a bar has room for its name. */
const NAMED_WIDTH = 0.09;

function nameOf(phase: string, problems: number, width: number): string | null {
  if (width < NAMED_WIDTH) return null;
  return phase === 'survey' && problems > 0 ? 'waits' : phase;
}

export function TimeLine({ segments, now }: { segments: readonly Segment[]; now: number }) {
  const bars = barsOf(segments, now);
  return (
    <div class="time-line" role="img" aria-label={`Phases: ${wordsOf(bars)}`}>
      {bars.map(({ phase, ms, from, width, problems }, index) => (
        <span
          key={index}
          class={`piece phase-${phase}${problems > 0 ? ' has-problems' : ''}`}
          style={{ left: `${from * 100}%`, width: `${width * 100}%` }}
          title={`${phase} ${tookText(ms)}${problems > 0 ? `, ${problems} problems` : ''}`}
        >
          {phase === 'idle' ? '⋯' : nameOf(phase, problems, width)}
        </span>
      ))}
    </div>
  );
}
