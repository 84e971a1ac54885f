/** Times and durations as people read them. */
import { formatDuration } from './duration.js';

const SECOND_MS = 1000;
const UNITS_MS = [86_400_000, 3_600_000, 60_000, SECOND_MS];

/** Two units are enough: `3d1h`, `4m10s`, `12s`. */
export function roughly(ms: number): string {
  const largest = UNITS_MS.findIndex((unit) => ms >= unit);
  if (largest === -1) return '0s';
  const precision = UNITS_MS[Math.min(largest + 1, UNITS_MS.length - 1)]!;
  return formatDuration(Math.floor(ms / precision) * precision);
}

/** `2.1s`, or more roughly what takes longer. */
export function tookText(ms: number): string {
  return ms < 60 * SECOND_MS ? `${(ms / SECOND_MS).toFixed(1)}s` : roughly(ms);
}

/** A time in milliseconds since the epoch as JSON has it: ISO 8601, UTC. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}

/** `2026-11-24 14:27:17 UTC` */
export function utc(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** `2026-11-24 14:27:17 UTC (in 3d1h)`, or `(4m10s ago)`. */
export function utcAndDistance(iso: string, now: number): string {
  const distance = Date.parse(iso) - now;
  return `${utc(iso)} (${distance >= 0 ? `in ${roughly(distance)}` : `${roughly(-distance)} ago`})`;
}

/** The time of day is enough for who looks on. */
export function timeOfDay(iso: string): string {
  return iso.slice(11, 19);
}

/** `2026-11-24 15:27:17 GMT+1` */
export function localTime(iso: string, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  }).formatToParts(new Date(iso));
  const { year, month, day, hour, minute, second, timeZoneName } = Object.fromEntries(
    parts.map(({ type, value }) => [type, value]),
  );
  return `${year}-${month}-${day} ${hour}:${minute}:${second} ${timeZoneName}`;
}
