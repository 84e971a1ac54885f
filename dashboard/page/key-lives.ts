/** A key's life as stretches of time, past and as planned, and the axis that they are drawn on. */
import type { KeyLife } from '../schemas.js';

export interface Stretch {
  readonly state: 'introduced' | 'staged' | 'primary' | 'secondary' | 'spare';
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

/** @param runs the next runs of the timer, milliseconds since the epoch */
export function livesOf(life: KeyLife, runs: readonly number[], now: number): Stretch[] {
  return life.role === 'pruned' || life.role === 'revoked'
    ? past(life, now)
    : [...past(life, now), ...ahead(life, runs, now)];
}

function past(life: KeyLife, now: number): Stretch[] {
  const [made, staged, promoted, demoted, pruned, needed] = [
    life.madeAt ?? life.firstSeenAt,
    life.stagedAt,
    life.promotedAt,
    life.demotedAt,
    life.prunedAt,
    life.neededUntil,
  ].map((at) => (at === null ? null : Date.parse(at)));
  const end = pruned ?? now;
  const usedUntil = demoted ?? end;
  const stretches: Stretch[] = [];
  const add = (state: Stretch['state'], from: number | null | undefined, to: number) => {
    if (from !== null && from !== undefined && to > from)
      stretches.push({ state, from, to: Math.min(to, end) });
  };
  // What was there before rotor came may have been anything; it is known from when it was first seen.
  const wasFound = life.madeAt === null && !staged && !promoted;
  add(
    wasFound ? 'secondary' : 'introduced',
    made,
    staged ?? promoted ?? (wasFound ? Math.min(needed ?? end, end) : end),
  );
  add('staged', staged, promoted ?? end);
  add('primary', promoted, usedUntil);
  add('secondary', demoted, Math.min(needed ?? end, end));
  if (needed && needed < end && (demoted || wasFound)) add('spare', needed, end);
  return stretches;
}

/** If nothing comes in the way: the staged key becomes primary with the next run, and the primary is kept from then on. */
function ahead({ role, neededUntil }: KeyLife, [next, following]: readonly number[], now: number): Stretch[] {
  if (neededUntil !== null) {
    const until = Date.parse(neededUntil);
    return until > now ? [{ state: 'secondary', from: now, to: until }] : [];
  }
  if (next === undefined) return [];
  const later = following ?? next;
  if (role === 'primary')
    return [
      { state: 'primary', from: now, to: next },
      { state: 'secondary', from: next, to: later },
    ];
  if (role === 'staged' || role === 'incoming')
    return [
      { state: 'staged', from: now, to: next },
      { state: 'primary', from: next, to: later },
    ];
  return [];
}

export interface Axis {
  readonly to: number;
  readonly marks: readonly { readonly at: number; readonly label: string }[];
  /** As CSS takes it. */
  at(time: number): string;
  width(from: number, to: number): string;
}

const MARKS = 5;
/** Two labels so near to each other could not be read; as a share of the axis. */
const NEAR_NOW = 0.13;
const LEAST_MS = 60_000;
const DAY_MS = 86_400_000;

export function axisOf(lives: readonly KeyLife[], nextRuns: readonly string[], now: number): Axis {
  const begins = lives.map(({ madeAt, firstSeenAt }) => Date.parse(madeAt ?? firstSeenAt));
  const ends = [...lives.map(({ neededUntil }) => neededUntil), ...nextRuns.slice(0, 2)].flatMap((at) =>
    at === null || at === undefined ? [] : [Date.parse(at)],
  );
  const first = Math.min(now - LEAST_MS, ...begins);
  const last = Math.max(now + LEAST_MS, ...ends);
  const spare = (last - first) * 0.02;
  const [from, to] = [first - spare, last + spare];
  const share = (time: number) => Math.max(0, Math.min(1, (time - from) / (to - from)));
  const isLong = to - from > 2 * DAY_MS;
  const marks = Array.from({ length: MARKS }, (_, index) => {
    const at = from + ((to - from) * (index + 0.5)) / MARKS;
    const iso = new Date(at).toISOString();
    return { at, label: isLong ? iso.slice(5, 10) : iso.slice(11, 16) };
  }).filter(({ at }) => Math.abs(share(at) - share(now)) > NEAR_NOW);
  return {
    to,
    marks,
    at: (time) => `${share(time) * 100}%`,
    width: (start, end) => `${(share(end) - share(start)) * 100}%`,
  };
}
