/** What the fields of `rotor.yaml` are made of. An error text completes the sentence "expected …". */
import { z } from 'zod';
import { parseDuration } from '../core/duration.js';

const DURATION_EXPECTED = 'a duration such as 90s, 25h, 1h30m or 7d';

/** An object that refuses fields that it does not know, each with a line of its own in the error text. */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => fieldExpected(key, known)).join('\n')
        : undefined,
  });
}

function fieldExpected(key: string, known: readonly string[]): string {
  const meant = known.find((field) => isClose(key.toLowerCase(), field.toLowerCase()));
  return meant === undefined
    ? `one of the fields ${known.join(', ')}`
    : `a known field (did you mean ${meant}?)`;
}

/** Two texts of which one is the other's beginning, or that differ by at most two letters changed, added or left out. */
function isClose(a: string, b: string): boolean {
  if (a.length >= 3 && (b.startsWith(a) || a.startsWith(b))) return true;
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const change = above[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(change, above[column]! + 1, current[column - 1]! + 1));
    }
    above = current;
  }
  return above[b.length]! <= Math.min(2, b.length / 3);
}

/** Text in the file, milliseconds in the program. */
export function duration(description: string, minMs: number, minExpected: string) {
  return z
    .string({ error: DURATION_EXPECTED })
    .transform((text, context) => {
      const ms = durationOf(text);
      if (ms !== undefined && ms >= minMs) return ms;
      context.issues.push({
        code: 'custom',
        message: ms === undefined ? DURATION_EXPECTED : minExpected,
        input: text,
      });
      return z.NEVER;
    })
    .meta({ description: `${description} A duration such as 250ms, 90s, 25h, 1h30m, 7d or PT25H.` });
}

function durationOf(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}

export const positiveDuration = (description: string) => duration(description, 1, 'a duration above zero');

export function text(description: string) {
  return (
    z
      .string()
      // eslint-disable-next-line no-control-regex -- control characters would reach terminals and logs
      .regex(/^[^\s\u0000-\u001f\u007f]([^\u0000-\u001f\u007f]*[^\s\u0000-\u001f\u007f])?$/, {
        error: 'a text that is not empty, in one line, without spaces around it',
      })
      .max(255)
      .meta({ description })
  );
}

export const path = (description: string) =>
  text(`${description} \`~\` is the home directory; a relative path starts at the folder of this file.`);

/** A place in the file as a person writes it: `inventory[0].sites[1].name`. */
export function pathText(segments: readonly PropertyKey[]): string {
  return segments
    .map((segment) => (typeof segment === 'number' ? `[${segment}]` : `.${String(segment)}`))
    .join('')
    .replace(/^\./, '');
}
