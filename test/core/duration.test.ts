import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../core/duration.js';

const HOUR_MS = 3_600_000;

describe('parseDuration', () => {
  it.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['5m', 300_000],
    ['25h', 25 * HOUR_MS],
    ['1h30m', 1.5 * HOUR_MS],
    ['1m30ms', 60_030],
    ['7d', 168 * HOUR_MS],
    ['1.5h', 1.5 * HOUR_MS],
    ['1.1h', 3_960_000],
    ['0s', 0],
    ['PT25H', 25 * HOUR_MS],
    ['P1DT2H', 26 * HOUR_MS],
    ['P7D', 168 * HOUR_MS],
    ['PT1M30S', 90_000],
    ['PT0.25S', 250],
  ])('reads %s', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each([
    '',
    '5',
    'h',
    '-1h',
    '+1h',
    '1 h',
    '1H',

    '1.h',
    '.5h',
    '1e3s',
    '2w',
    'P',
    'PT',
    'P1DT',
    'P1H',
    'P1M',
    'P1Y',
    'pt1h',
    '1h\n',

    '٣s',
  ])('refuses %j', (text) => {
    expect(() => parseDuration(text)).toThrow(RangeError);
  });

  it('says how a duration is written', () => {
    expect(() => parseDuration('soon')).toThrow('a duration such as 250ms, 90s, 25h, 1h30m, 7d or PT25H');
  });

  it('never answers with anything but whole milliseconds, whatever the text', () => {
    const pieces = fc.array(
      fc.constantFrom('P', 'T', 'D', 'H', 'M', 'S', 'd', 'h', 'm', 's', '.', '-', '1', '25', '0'),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          pieces.map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            const ms = parseDuration(text);
            return Number.isSafeInteger(ms) && ms >= 0;
          } catch (error) {
            return error instanceof RangeError;
          }
        },
      ),
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [250, '250ms'],
    [90_000, '1m30s'],
    [1.5 * HOUR_MS, '1h30m'],
    [73 * HOUR_MS, '3d1h'],
  ])('writes %d ms as its largest units', (ms, expected) => {
    expect(formatDuration(ms)).toBe(expected);
  });

  it('is exact: what it writes reads back as the same', () => {
    fc.assert(
      fc.property(fc.nat({ max: 36_500 * 24 * HOUR_MS }), (ms) => parseDuration(formatDuration(ms)) === ms),
    );
  });
});
