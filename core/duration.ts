/** Durations as people write them; all values in milliseconds. */

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const EXAMPLES = 'a duration such as 250ms, 90s, 25h, 1h30m, 7d or PT25H';

const PLAIN = /^(\d+(?:\.\d+)?(ms|s|m|h|d))+$/;
const PLAIN_PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const ISO_8601 =
  /^P(?=.)(?:(\d+(?:\.\d+)?)D)?(?:T(?=.)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/**
 * Reads `250ms`, `90s`, `25h`, `1h30m`, `7d`, or ISO 8601 `PT25H`.
 *
 * @returns whole milliseconds
 * @throws RangeError that says what was expected
 */
export function parseDuration(text: string): number {
  const ms = PLAIN.test(text) ? plainMs(text) : isoMs(text);
  if (ms === null || !Number.isSafeInteger(ms))
    throw new RangeError(`expected ${EXAMPLES}, got ${JSON.stringify(text)}`);
  return ms;
}

function plainMs(text: string): number {
  const parts = [...text.matchAll(PLAIN_PART)];
  return Math.round(
    parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNITS[unit as keyof typeof UNITS], 0),
  );
}

function isoMs(text: string): number | null {
  const match = ISO_8601.exec(text);
  if (!match) return null;
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = match.map((part) => Number(part ?? 0));
  return Math.round(days * UNITS.d + hours * UNITS.h + minutes * UNITS.m + seconds * UNITS.s);
}

/** The shortest exact form: `1h30m`, `3d1h`, `0s`. */
export function formatDuration(ms: number): string {
  let left = ms;
  const parts = (['d', 'h', 'm', 's', 'ms'] as const).map((unit) => {
    const amount = Math.floor(left / UNITS[unit]);
    left -= amount * UNITS[unit];
    return amount > 0 ? `${amount}${unit}` : '';
  });
  return parts.join('') || '0s';
}
