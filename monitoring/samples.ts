/** A fleet's standing as numbers; `docs/metrics.md` describes each. */
import { nextRunOf } from '../core/timer.js';
import type { Progress } from '../core/rotation.js';
import { driftSince, oldestEvidence, type ScheduledLook } from '../core/scheduled-look.js';
import type { FleetReading } from './fleet-reading.js';

export interface Sample {
  readonly name: string;
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

export function samplesOf(
  { summary, timer, overdue, looks }: FleetReading,
  progress: Progress | 'unknown' | null,
  now: number,
): Sample[] {
  return [
    ...samplesOfOperation(progress, now),
    ...Object.entries(summary?.nodes ?? {}).map(([state, count]) => sample('rotor_nodes', count, { state })),
    ...(summary?.lastOutcome ? [sample('rotor_last_outcome', 1, { outcome: summary.lastOutcome })] : []),
    sample('rotor_primary_age_seconds', summary?.primary ? seconds(now - summary.primary.promotedAt) : 0),
    sample('rotor_rotated_timestamp_seconds', summary?.lastRotatedAt ? secondsOf(summary.lastRotatedAt) : 0),
    sample('rotor_next_run_timestamp_seconds', seconds(nextRunOf(timer) ?? 0)),
    sample('rotor_timer_paused', timer?.isPaused ? 1 : 0),
    sample('rotor_overdue', overdue ? 1 : 0),
    ...samplesOfLooks(looks.last, summary?.provenAt ?? null),
    sample('rotor_read_timestamp_seconds', seconds(now)),
  ];
}

function samplesOfOperation(progress: Progress | 'unknown' | null, now: number): Sample[] {
  const running = progress === 'unknown' ? null : progress;
  const phase = progress === 'unknown' ? 'unknown' : (running?.phase ?? 'idle');
  return [
    sample('rotor_operation_phase', 1, { phase }),
    sample('rotor_phase_age_seconds', running ? seconds(now) - phaseBegan(running) : 0),
    sample('rotor_operation_blocked', running?.outcome === 'blocked' ? 1 : 0),
    ...countsByCode('rotor_nodes_blocking', running?.blocking ?? []),
  ];
}

function samplesOfLooks(last: ScheduledLook | null, provenAt: string | null): Sample[] {
  const evidence = oldestEvidence(last, provenAt);
  return [
    ...countsByCode('rotor_nodes_drifting', driftSince(last, provenAt)),
    sample('rotor_verified_timestamp_seconds', last ? secondsOf(last.at) : 0),
    sample('rotor_oldest_evidence_timestamp_seconds', evidence ? secondsOf(evidence) : 0),
  ];
}

function countsByCode(name: string, problems: readonly { readonly code: string }[]): Sample[] {
  const codes = problems.map(({ code }) => code);
  return [...new Set(codes)].map((code) =>
    sample(name, codes.filter((each) => each === code).length, { code }),
  );
}

/** With the first of the steps of this phase that came one after the other. */
function phaseBegan({ phase, steps, startedAt }: Progress): number {
  const before = steps.findLastIndex((step) => step.phase !== phase);
  return secondsOf(steps[before + 1]?.startedAt ?? steps.at(-1)?.endedAt ?? startedAt);
}

function sample(name: string, value: number, labels: Sample['labels'] = {}): Sample {
  return { name, value, labels };
}

function seconds(ms: number): number {
  return ms / 1_000;
}

function secondsOf(iso: string): number {
  return seconds(Date.parse(iso));
}
